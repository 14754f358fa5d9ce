// Writes .br and .gz beside every compressible file of the build, when they are smaller.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const compressible = /\.(js|css|svg|json|txt|map|webmanifest)$/;

let files = 0;
let before = 0;
let after = 0;
for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, String(name));
  // index.html gets a nonce for each request, so it is compressed by the server if at all.
  if (!statSync(path).isFile() || !compressible.test(path)) continue;
  const raw = readFileSync(path);
  if (raw.length < 512) continue;
  const br = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  const gz = gzipSync(raw, { level: 9 });
  if (br.length < raw.length) writeFileSync(`${path}.br`, br);
  if (gz.length < raw.length) writeFileSync(`${path}.gz`, gz);
  files += 1;
  before += raw.length;
  after += br.length;
}
console.log(`compress: ${files} files, ${Math.round(before / 1024)} kB -> ${Math.round(after / 1024)} kB (br)`);
