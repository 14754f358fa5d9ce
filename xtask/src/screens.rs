//! Pictures: of every page for the reviewer, of two pages for the README.

use crate::server::Demo;
use crate::{Outcome, setup};

/// The step `screens`: a picture of every page, into `target/screens/`.
pub fn every_page() -> Outcome {
    Demo::start("screens")?.script("screens", &[])
}

/// `cargo xtask screens`: the pictures of the README, into `docs/screens/`.
pub fn readme() -> Outcome {
    setup::setup(setup::Needs { chromium: true, postgres: false })?;
    crate::web::install()?;
    crate::web::build_if_stale()?;
    Demo::start("screens")?.script("screens", &[("VESTIBULE_README_SHOTS", "1")])
}
