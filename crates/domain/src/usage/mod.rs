//! Usage: what the receptionist did within some days, what it cost, and what it was worth. Everything is added up when
//! it is asked for, so it is what the calls are. No ledger exists yet: what is billed is not said here.

mod days;
mod figures;
mod report;
mod rules;
mod settings;

pub use days::{Days, MOST_DAYS, days, month};
pub use figures::{CallFigures, DayFigures, Figures, Part, figures};
pub use report::{Report, report};
pub use rules::{COST_CURRENCY, Estimate, estimate};
pub use settings::{CURRENCIES, Worth, WorthChange, set_worth, worth};

#[cfg(test)]
mod tests;
