//! One-time codes of RFC 6238: HMAC-SHA1, six digits, steps of thirty seconds; the form that every authenticator knows.

use crate::mac::{MacHash, constant_time_eq, hmac};
use data_encoding::BASE32_NOPAD;
use secrecy::SecretString;
use vestibule_model::{Entropy, UnixMs};
use zeroize::Zeroizing;

/// How long a step is, in milliseconds.
const STEP_MS: i64 = 30_000;
/// The length of a secret: as long as the hash, as RFC 4226 recommends.
const SECRET: usize = 20;

/// A secret that an authenticator shares with us.
pub struct TotpSecret(Zeroizing<[u8; SECRET]>);

impl TotpSecret {
    /// Makes a new secret.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET]);
        entropy.fill(&mut *bytes);
        Self(bytes)
    }

    /// Reads a secret from its bytes; `None` when they are not as many as they should be.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// The secret's bytes, for sealing them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The secret as people type it into an authenticator.
    #[must_use]
    pub fn to_base32(&self) -> SecretString {
        BASE32_NOPAD.encode(self.bytes()).into()
    }

    /// The code of a step.
    #[must_use]
    pub fn code(&self, step: i64) -> String {
        code(self.bytes(), step)
    }

    /// The step whose code this is: the present one, the one before or the one after, for clocks differ.
    #[must_use]
    pub fn step_of(&self, code: &str, now: UnixMs) -> Option<i64> {
        let present = step_at(now);
        // All three are compared, so that the time it takes does not tell which it was.
        (present - 1..=present + 1).fold(None, |found, step| {
            if constant_time_eq(self.code(step).as_bytes(), code.as_bytes()) { Some(step) } else { found }
        })
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// The step that an instant is in.
#[must_use]
pub const fn step_at(now: UnixMs) -> i64 {
    now.0.div_euclid(STEP_MS)
}

fn code(secret: &[u8], step: i64) -> String {
    let mac = hmac(MacHash::Sha1, secret, &[&step.to_be_bytes()]);
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 0x0f);
    let four = mac.get(offset..offset + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// A new recovery code: ten characters that nobody mistakes for others, in two groups.
#[must_use]
pub fn recovery_code(entropy: &dyn Entropy) -> SecretString {
    // Base32 of Crockford: without I, L, O and U.
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = Zeroizing::new([0; 10]);
    entropy.fill(&mut *bytes);
    let mut text = String::with_capacity(11);
    for (i, byte) in bytes.iter().enumerate() {
        if i == 5 {
            text.push('-');
        }
        // 32 divides 256: every letter is equally likely.
        text.push(char::from(LETTERS[usize::from(byte & 31)]));
    }
    text.into()
}

/// A recovery code as it is compared: whatever its letter case and gaps, and however its look-alikes were read.
#[must_use]
pub fn plain_recovery_code(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use secrecy::ExposeSecret;

    #[test]
    fn rfc_6238_appendix_b() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (second, want) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(step_at(UnixMs(second * 1000))), want, "{second}");
        }
        assert_eq!(secret.to_base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn one_step_before_and_after_is_good() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let now = UnixMs(1_111_111_109_000);
        let present = step_at(now);
        for step in present - 3..=present + 3 {
            let near = (present - 1..=present + 1).contains(&step);
            assert_eq!(secret.step_of(&secret.code(step), now), near.then_some(step));
        }
        for wrong in ["", "81804", "0081804", "08180 4", "abcdef"] {
            assert_eq!(secret.step_of(wrong, now), None);
        }
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let entropy = Counting::default();
        let (one, two) = (recovery_code(&entropy), recovery_code(&entropy));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 11);
        let plain = plain_recovery_code(one.expose_secret());
        assert_eq!(plain.len(), 10);
        assert_eq!(
            plain_recovery_code(&format!(" {} ", one.expose_secret().to_lowercase().replace('-', " "))),
            plain
        );
        assert_eq!(plain_recovery_code("o1-iL"), "0111");
        assert!(TotpSecret::from_bytes(&[0; 19]).is_none());
    }
}
