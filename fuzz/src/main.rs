//! The targets under libFuzzer. `VESTIBULE_FUZZ_TARGET` names the target; `VESTIBULE_FUZZ_SEEDS` a directory that gets
//! its seeds, after which the program ends.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use vestibule_fuzz::{Target, find_target, seeds_of};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("VESTIBULE_FUZZ_TARGET").unwrap_or_default();
    find_target(&name).unwrap_or_else(|| panic!("VESTIBULE_FUZZ_TARGET: there is no target `{name}`"))
});

fn begin() {
    let target = *TARGET;
    let Some(directory) = std::env::var_os("VESTIBULE_FUZZ_SEEDS") else { return };
    for (number, seed) in seeds_of(target).into_iter().enumerate() {
        let file = Path::new(&directory).join(format!("seed-{number:04}"));
        if let Err(error) = std::fs::write(&file, seed) {
            panic!("cannot write {}: {error}", file.display());
        }
    }
    std::process::exit(0);
}

libfuzzer_sys::fuzz_target!(init: begin(), |data: &[u8]| (TARGET.run)(data));
