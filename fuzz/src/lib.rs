//! What reads bytes from outside, as functions over bytes: each says what must hold of any input, and panics when it
//! does not. `cargo xtask fuzz` runs them under libFuzzer; the tests of this crate run them over their seeds and over
//! every input that once broke one (`fuzz/regressions`).

mod archived;
mod configured;
mod provided;
mod replied;
mod sealed;
mod seeds;
mod worded;

// The binary's own reader, which has no crate of its own.
#[expect(dead_code, reason = "the binary uses what stands there; here it is only read")]
#[path = "../../crates/vestibule/src/config.rs"]
mod config;

pub use seeds::{regressions, seeds_of};

/// A parser, and what it must do with any bytes.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads the bytes, and panics when something does not hold.
    pub run: fn(&[u8]),
    /// Folders under the root whose files are inputs as they are, with the ending they must have.
    pub folders: &'static [(&'static str, &'static str)],
    /// Inputs that no file holds.
    pub made: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "retell",
        run: |data| provided::event("retell", data),
        folders: &[
            ("crates/providers/fixtures/retell", ".json"),
            ("crates/providers/src/retell/gallery", ".json"),
        ],
        made: || provided::signed("retell"),
    },
    Target {
        name: "vapi",
        run: |data| provided::event("vapi", data),
        folders: &[
            ("crates/providers/fixtures/vapi", ".json"),
            ("crates/providers/src/vapi/gallery", ".json"),
        ],
        made: || provided::signed("vapi"),
    },
    Target {
        name: "twilio",
        run: |data| provided::event("twilio", data),
        folders: &[("crates/providers/fixtures/twilio", ".form")],
        made: || provided::signed("twilio"),
    },
    Target {
        name: "forwarded",
        run: |data| provided::event("n8n-retell", data),
        folders: &[("crates/providers/fixtures/retell", ".json")],
        made: || provided::signed("n8n-retell"),
    },
    Target { name: "signatures", run: provided::signature, folders: &[], made: provided::signature_seeds },
    Target {
        name: "replies",
        run: replied::reply,
        folders: &[
            ("crates/providers/fixtures/n8n", ".json"),
            ("crates/providers/fixtures/retell/rest", ".json"),
        ],
        made: Vec::new,
    },
    Target { name: "envelopes", run: sealed::envelope, folders: &[], made: sealed::envelopes },
    Target { name: "tokens", run: sealed::token, folders: &[], made: sealed::tokens },
    Target { name: "jwts", run: sealed::jwt, folders: &[], made: sealed::jwts },
    Target { name: "codes", run: sealed::code, folders: &[], made: sealed::codes },
    Target { name: "archives", run: archived::archive, folders: &[], made: archived::archives },
    Target { name: "cursors", run: worded::cursor, folders: &[], made: worded::cursors },
    Target { name: "phones", run: worded::phone, folders: &[], made: worded::phones },
    Target { name: "words", run: worded::word, folders: &[], made: worded::words },
    Target { name: "urls", run: replied::url, folders: &[], made: replied::urls },
    Target {
        name: "config",
        run: configured::config,
        folders: &[("crates/vestibule", ".toml")],
        made: configured::environments,
    },
];

/// The target of that name.
#[must_use]
pub fn find_target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Splits bytes at their NULs into `N` parts; what is missing is empty, and the last keeps the rest. The first part of
/// a file without NULs is the whole file.
fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut found: [&[u8]; N] = [&[]; N];
    for (slot, part) in found.iter_mut().zip(data.splitn(N, |byte| *byte == 0)) {
        *slot = part;
    }
    found
}

/// Parts joined as [`parts`] takes them apart.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&0)
}
