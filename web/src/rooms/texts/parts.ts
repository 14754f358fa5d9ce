// In how many parts a text travels: 160 characters of the short alphabet (GSM 03.38), else 70 of any; a little less in each of
// several. The server counts alike.
const short = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
const twice = "^{}\\[~]|€\f";

export const longest = 1600;

export function parts(text: string): number {
  let units = 0;
  for (const sign of text) {
    if (/[A-Za-z0-9]/.test(sign) || short.includes(sign)) units += 1;
    else if (twice.includes(sign)) units += 2;
    // One sign outside of it, and all are sent in the long alphabet.
    else return count(text.length, 70, 67);
  }
  return count(units, 160, 153);
}

function count(units: number, whole: number, part: number): number {
  return units <= whole ? 1 : Math.ceil(units / part);
}

/** How many characters people would say that it has. */
export function characters(text: string): number {
  return [...text].length;
}
