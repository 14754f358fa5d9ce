//! Secrets that are printed in public documents: whoever uses one has none.

/// Literals that production refuses as secrets, in lower case.
pub const PRINTED_SECRETS: &[&str] = &[
    // requirements K23: printed in the documents this project was specified by
    "aivors-secret",
    "demo123",
    // placeholders
    "secret",
    "password",
    "password123",
    "admin",
    "changeme",
    "change-me",
    "change_me",
    "changethis",
    "replace-me",
    "replaceme",
    "example",
    "placeholder",
    "your-secret",
    "your-secret-here",
    "your_secret_here",
    "your-api-key",
    "your_api_key",
    "your-encryption-key",
    "your_encryption_key",
    "todo",
    "xxx",
    "my-secret",
    "mysecret",
    "supersecret",
    "super-secret",
    "topsecret",
    "secret123",
    "admin123",
    "letmein",
    "12345678",
    "postgres",
    "vestibule",
    "sk-your-api-key",
    "re_xxxxxxxxx",
    "re_your_api_key",
    "whsec_your_secret",
    "key_your_api_key",
    "your-retell-api-key",
    "your_retell_api_key",
    "your-vapi-api-key",
    "your_vapi_api_key",
    "your_auth_token",
    "your_auth_token_here",
    "your-webhook-secret",
    "your_webhook_secret",
    // the example secret of the Standard Webhooks specification and its libraries
    "whsec_mfkq9r8gkyqrtwjupd8ilpzio2lalasw",
    "mfkq9r8gkyqrtwjupd8ilpzio2lalasw",
    // an example in Twilio's documents of how a request is signed
    "12345",
    // 32 bytes of zero, of ones, counted from zero, and the digits, in base64
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=",
    "mdeymzq1njc4owfiy2rlzjaxmjm0nty3odlhymnkzwy=",
    "mdawmdawmdawmdawmdawmdawmdawmdawmdawmdawmda=",
    "ehh4ehh4ehh4ehh4ehh4ehh4ehh4ehh4ehh4ehh4ehg=",
    "ywfhywfhywfhywfhywfhywfhywfhywfhywfhywfhywe=",
    "ew91ci0zmi1iexrllwvuy3j5chrpb24ta2v5lwhlcmu=",
    "ywjjzgvmz2hpamtsbw5vchfyc3r1dnd4exoxmjm0nty=",
    "mdeymzq1njc4otaxmjm0nty3odkwmtizndu2nzg5mde=",
    "mtizndu2nzg5mdeymzq1njc4otaxmjm0nty3odkwmti=",
    "aqidbaugbwgjcgsmdq4pebesexqvfhcygrobhb0ehya=",
    "aaecawqfbgcicqolda0odxarehmufryxgbkagxwdhh8=",
    "//////////////////////////////////////////8=",
];

/// Says whether a secret is printed in public; letter case and spaces around it do not matter.
#[must_use]
pub fn is_printed_secret(secret: &str) -> bool {
    let secret = secret.trim();
    PRINTED_SECRETS.iter().any(|printed| printed.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_recognised() {
        for secret in ["aivors-secret", " Demo123\n", "CHANGEME"] {
            assert!(is_printed_secret(secret), "{secret}");
        }
        assert!(!is_printed_secret("Zt0Qy1-an-honest-secret-9xKq"));
        assert!(PRINTED_SECRETS.iter().all(|s| *s == s.to_ascii_lowercase()));
    }

    #[test]
    fn the_keys_among_them_are_what_they_say() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        assert!(is_printed_secret(&STANDARD.encode([0; 32])));
        assert!(is_printed_secret(&STANDARD.encode("0123456789abcdef0123456789abcdef")));
    }
}
