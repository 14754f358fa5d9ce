//! `cargo xtask isolation --mutate`: takes one wall of the tenancy away at a time, in a scratch copy, and wants each
//! removal to be noticed. The house check and the tests are asked separately, so that neither hides a hole in the other.
//! The copy is built once and carries every mutant asleep: its tests wake one at a time.

mod binaries;
mod checks;
mod clock;
mod doors;
mod literals;
mod mutants;
mod patch;
mod plan;
#[cfg(test)]
#[expect(dead_code, reason = "it is compiled in the scratch copy; here its swap is tested")]
mod planted;
mod policies;
mod reach;
mod scratch;
mod trial;

use std::collections::BTreeSet;
use std::time::Instant;

use crate::say::say;
use crate::tree::Tree;
use crate::{Outcome, house, run};

use clock::Clock;
use mutants::{Mutant, Wall};
use trial::{Found, Trial};

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
    /// Only these mutants, by their numbers in the list, parted by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<usize>,
    /// Only mutants of files that differ from this revision, for example main.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Ask the house check alone: seconds instead of minutes, statements only.
    #[arg(long)]
    house: bool,
}

/// What became of a mutant at one of the two layers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Killed,
    Survived,
    /// The tests did not end; none failed.
    TooLong,
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
            Self::TooLong => "TOO LONG",
            Self::NotAsked => "-",
        }
    }

    const fn is_hole(self) -> bool {
        matches!(self, Self::Survived | Self::TooLong)
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
    let is = |mutant: &Mutant, entry: &house::Entry| mutant.is(&entry.fields[0], &entry.fields[1]);
    if let Some(stale) = equivalent.iter().find(|entry| !all.iter().any(|mutant| is(mutant, entry))) {
        return Err(format!("{EQUIVALENT}:{}: there is no such mutant: remove the line", stale.line));
    }
    let changed = options.since.as_deref().map(changed_since).transpose()?;
    let is_changed = |mutant: &Mutant| changed.as_ref().is_none_or(|paths| paths.contains(&mutant.path));
    let chosen: Vec<(usize, &Mutant)> = all
        .iter()
        .enumerate()
        .filter(|(number, _)| options.only.is_empty() || options.only.contains(number))
        .filter(|(_, mutant)| is_changed(mutant))
        .filter(|(_, mutant)| !options.house || mutant.wall == Wall::Statement)
        .filter(|(_, mutant)| !equivalent.iter().any(|entry| is(mutant, entry)))
        .collect();
    say(&format!("{} mutants, without those that are equivalent", chosen.len()));
    if options.list {
        for (number, mutant) in &chosen {
            say(&format!("{number:>4}  {mutant}"));
        }
        return Ok(());
    }
    if chosen.is_empty() && options.since.is_some() {
        say("nothing that walls tenants was changed");
        return Ok(());
    }
    if chosen.is_empty() {
        return Err("there are no mutants: nothing was checked".into());
    }
    judge(&tree, &all, &chosen, options.house)
}

/// The files that differ from a revision, committed or not.
fn changed_since(revision: &str) -> Outcome<BTreeSet<String>> {
    let tracked = run::output(run::command("git").args(["diff", "--name-only", revision, "--"]))?;
    let new = run::output(run::command("git").args(["ls-files", "--others", "--exclude-standard"]))?;
    Ok(tracked.lines().chain(new.lines()).map(str::to_owned).collect())
}

fn judge(tree: &Tree, all: &[Mutant], chosen: &[(usize, &Mutant)], house_only: bool) -> Outcome {
    let mut trial = None;
    if !house_only {
        say("building the copy");
        trial = Some(Trial::open(tree, &all.iter().collect::<Vec<_>>())?);
    }
    // Those for PostgreSQL come last: what its tests meet takes long to learn.
    let mut chosen = chosen.to_vec();
    chosen.sort_by_key(|(number, mutant)| (mutant.is_for_postgres(), *number));
    say("number  house     tests     seconds  mutant");
    let mut clock = Clock::new(chosen.len());
    let (mut survivors, mut by_house_alone) = (0, 0);
    for (number, mutant) in &chosen {
        let start = Instant::now();
        let by_house = match mutant.wall {
            Wall::Statement => Verdict::of(mutants::house_notices(tree, mutant)),
            Wall::Role | Wall::Policy => Verdict::NotAsked,
        };
        let (by_tests, by_whom) = match &mut trial {
            Some(trial) => verdict(trial.try_mutant(mutant)?),
            None => (Verdict::NotAsked, String::new()),
        };
        by_house_alone += usize::from(by_house == Verdict::Killed && by_tests.is_hole());
        survivors += usize::from([by_house, by_tests].iter().any(|verdict| verdict.is_hole()));
        let left = clock.done(start.elapsed());
        say(&format!(
            "{number:>6}  {:<8}  {:<8}  {:>7.1}  {mutant}{by_whom} ({left})",
            by_house.as_str(),
            by_tests.as_str(),
            start.elapsed().as_secs_f64()
        ));
    }
    if survivors > 0 {
        return Err(format!(
            "{survivors} of {} mutants survived a layer, {by_house_alone} of them that of the tests alone: add the test that notices, or, when nothing can be observed, a line with its reason to {EQUIVALENT}",
            chosen.len()
        ));
    }
    say(&format!("all {} mutants were noticed in {:.0} minutes", chosen.len(), clock.minutes()));
    Ok(())
}

/// What the tests found as a verdict, and a word about it.
fn verdict(found: Found) -> (Verdict, String) {
    match found {
        Found::Killed(by) => (Verdict::Killed, format!(" by {by}")),
        Found::Survived => (Verdict::Survived, String::new()),
        Found::NeverReached => (Verdict::Survived, ": no test runs it".to_owned()),
        Found::TooLong(tests) => {
            (Verdict::TooLong, format!(": ended, which is no noticing, in {}", tests.join(", ")))
        }
    }
}
