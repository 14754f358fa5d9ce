//! Addresses that are no text: what stands behind their `%` is not UTF-8, so nothing of ours is called so.

/// Whether the path's percent-escapes spell text.
pub(crate) fn is_legible(path: &str) -> bool {
    if !path.contains('%') {
        return true;
    }
    let (bytes, mut spelt, mut at) = (path.as_bytes(), Vec::with_capacity(path.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let escaped = escape
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        spelt.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    std::str::from_utf8(&spelt).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_legible;

    #[test]
    fn only_text_is_legible() {
        for path in ["/calls", "/c%C3%B4t%C3%A9", "/100%", "/%zz", "/%00", "/%2", "/ô"] {
            assert!(is_legible(path), "{path}");
        }
        for path in ["/%ff", "/calls/%C3", "/%C3/%B4", "/x/%ED%A0%80"] {
            assert!(!is_legible(path), "{path}");
        }
    }
}
