//! Every target over its seeds, over its seeds cut short, and over every input that once broke it.

use vestibule_fuzz::{TARGETS, regressions, seeds_of};

#[test]
fn every_seed_and_every_prefix_of_it_is_read() {
    for target in TARGETS {
        let seeds = seeds_of(target);
        assert!(!seeds.is_empty(), "{} has nothing to begin with", target.name);
        for seed in &seeds {
            (target.run)(seed);
            for length in (0..seed.len()).step_by(seed.len() / 24 + 1) {
                (target.run)(&seed[..length]);
            }
        }
    }
}

#[test]
fn whatever_broke_a_parser_does_so_no_more() {
    for target in TARGETS {
        for (name, input) in regressions(target) {
            let input: &[u8] = &input;
            let outcome = std::panic::catch_unwind(|| (target.run)(input));
            assert!(outcome.is_ok(), "fuzz/regressions/{}/{name}", target.name);
        }
    }
}

#[test]
fn every_folder_of_regressions_is_a_targets() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        assert!(vestibule_fuzz::find_target(&name).is_some(), "there is no target {name}");
    }
}
