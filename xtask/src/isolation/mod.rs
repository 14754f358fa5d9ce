//! `cargo xtask isolation --mutate`: takes one wall of the tenancy away at a time, in a scratch copy, and wants each
//! removal to be noticed. The house check and the tests are asked separately, so that neither hides a hole in the
//! other.

mod mutants;
mod scratch;

use std::time::Instant;

use crate::say::say;
use crate::tree::Tree;
use crate::{Outcome, house, run};

use mutants::{Mutant, Wall};
use scratch::Scratch;

const EQUIVALENT: &str = "xtask/house/equivalent_mutants.txt";

/// What `cargo xtask isolation` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Make the mutants and run the checks against each (takes long).
    #[arg(long, required_unless_present = "list")]
    mutate: bool,
    /// Only list the mutants.
    #[arg(long)]
    list: bool,
    /// Only this mutant, by its number in the list.
    #[arg(long)]
    only: Option<usize>,
    /// Ask the house check alone: seconds instead of hours, statements only.
    #[arg(long)]
    house: bool,
}

/// What became of a mutant at one of the two layers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Killed,
    Survived,
    /// The layer does not look at this kind of wall, or was not asked.
    NotAsked,
}

impl Verdict {
    const fn of(noticed: bool) -> Self {
        if noticed { Self::Killed } else { Self::Survived }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Survived => "SURVIVED",
            Self::NotAsked => "-",
        }
    }
}

/// Lists or runs the mutants.
pub fn isolation(options: &Options) -> Outcome {
    let tree = Tree::read(&run::root())?;
    let all = mutants::every(&tree)?;
    let mut complaints = Vec::new();
    let equivalent = house::read_list(&tree, EQUIVALENT, 3, &mut complaints);
    if let Some(complaint) = complaints.first() {
        return Err(complaint.to_string());
    }
    let chosen: Vec<(usize, &Mutant)> = all
        .iter()
        .enumerate()
        .filter(|(number, _)| options.only.is_none_or(|only| only == *number))
        .filter(|(_, mutant)| !options.house || mutant.wall == Wall::Statement)
        .filter(|(_, mutant)| !equivalent.iter().any(|entry| mutant.is(&entry.fields[0], &entry.fields[1])))
        .collect();
    say(&format!("{} mutants, {} left out as equivalent", chosen.len(), equivalent.len()));
    if options.list {
        chosen.iter().for_each(|(number, mutant)| say(&format!("{number:>4}  {mutant}")));
        return Ok(());
    }
    if chosen.is_empty() {
        return Err("there are no mutants: nothing was checked".into());
    }
    judge(&tree, &chosen, options.house)
}

fn judge(tree: &Tree, chosen: &[(usize, &Mutant)], house_only: bool) -> Outcome {
    let scratch = if house_only { None } else { Some(Scratch::make(tree)?) };
    if let Some(scratch) = &scratch {
        say("the tests of the unchanged copy must pass first");
        for wall in [Wall::Statement, Wall::Policy] {
            if scratch.notices(wall)? {
                return Err(format!("the tests fail without any mutant: see {}", scratch.log().display()));
            }
        }
    }
    say("number  house     tests     seconds  mutant");
    let mut survivors = 0;
    for (number, mutant) in chosen {
        let start = Instant::now();
        let by_house = match mutant.wall {
            Wall::Statement => Verdict::of(mutants::house_notices(tree, mutant)),
            Wall::Role | Wall::Policy => Verdict::NotAsked,
        };
        let by_tests = match &scratch {
            Some(scratch) => Verdict::of(scratch.try_mutant(mutant)?),
            None => Verdict::NotAsked,
        };
        survivors += usize::from([by_house, by_tests].contains(&Verdict::Survived));
        say(&format!(
            "{number:>6}  {:<8}  {:<8}  {:>7.0}  {mutant}",
            by_house.as_str(),
            by_tests.as_str(),
            start.elapsed().as_secs_f64()
        ));
    }
    if survivors > 0 {
        return Err(format!(
            "{survivors} of {} mutants survived a layer: add the test that notices, or, when nothing can be observed, a line with its reason to {EQUIVALENT}",
            chosen.len()
        ));
    }
    say(&format!("all {} mutants were noticed", chosen.len()));
    Ok(())
}
