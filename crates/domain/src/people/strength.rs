//! Passwords are judged by how easily they are guessed (zxcvbn), never by which characters they have.

use crate::{FieldFault, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::tenants;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::{Score, zxcvbn};

/// The shortest password.
pub const SHORTEST: usize = 10;
/// The longest.
pub const LONGEST: usize = 256;
/// Over a hundred million guesses.
const LEAST_SCORE: Score = Score::Three;
/// The estimate takes longer than linear time: what stands behind is no less hard to guess for it.
const JUDGED: usize = 100;

/// A sentence about a password, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
}

const fn advice(en: &'static str, fr: &'static str) -> Advice {
    Advice { en, fr }
}

/// How good a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// From 0, guessed at once, to 4, not guessed in a lifetime.
    pub score: u8,
    /// Whether it may be chosen.
    pub is_enough: bool,
    /// What is wrong with it, where something is.
    pub warning: Option<Advice>,
    /// What would make it better.
    pub suggestions: Vec<Advice>,
}

/// Judges a password. Pure. `own` are words by which whoever knows the person would begin: name, address, company.
#[must_use]
pub fn judge_password(password: &SecretString, own: &[String]) -> Judgement {
    let password = password.expose_secret();
    let length = password.chars().count();
    let words: Vec<&str> = own.iter().flat_map(|one| one.split(|c: char| !c.is_alphanumeric())).collect();
    let mut words: Vec<&str> = words.into_iter().filter(|word| word.chars().count() > 2).collect();
    words.extend(own.iter().map(String::as_str).filter(|whole| whole.chars().count() > 2));
    words.push("vestibule");
    let judged: String = password.chars().take(JUDGED).collect();
    let estimate = zxcvbn(&judged, &words);
    let is_own = is_made_of(password, &words);
    let score = if is_own { estimate.score().min(Score::One) } else { estimate.score() };
    let is_enough = (SHORTEST..=LONGEST).contains(&length) && score >= LEAST_SCORE;
    let feedback = estimate.feedback();
    let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning);
    let warning =
        if is_own { Some(Warning::CommonNamesAndSurnamesAreEasyToGuess) } else { warning }.map(warn);
    let suggestions =
        feedback.map_or_else(Vec::new, |f| f.suggestions().iter().map(|one| suggest(*one)).collect());
    Judgement { score: u8::from(score), is_enough, warning, suggestions }
}

/// Whether hardly anything is left of a password without the person's own words: the estimate takes what stands between
/// them for chance.
fn is_made_of(password: &str, words: &[&str]) -> bool {
    let mut left = password.to_lowercase();
    let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let before = left.len();
    for word in &words {
        left = left.replace(word.as_str(), "");
    }
    left.len() < before && left.chars().filter(|c| c.is_alphanumeric()).count() < 6
}

/// Refuses a password that may not be chosen.
///
/// # Errors
/// `password_too_short` or `password_weak`, with a sentence that says why.
pub fn check_password(password: &SecretString, own: &[String]) -> Result<()> {
    let length = password.expose_secret().chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        let words = advice("Use 10 to 256 characters.", "Utilisez de 10 à 256 caractères.");
        return Err(no("password_too_short", words).into());
    }
    let judgement = judge_password(password, own);
    if judgement.is_enough {
        return Ok(());
    }
    let words = judgement.warning.or_else(|| judgement.suggestions.first().copied());
    Err(no("password_weak", words.unwrap_or(ADD_WORDS)).into())
}

const fn faults(code: &'static str, words: Advice) -> FieldFault {
    FieldFault { field: "password", code, en: words.en, fr: words.fr }
}

fn no(code: &'static str, words: Advice) -> Refusal {
    Refusal { code, ..Refusal::invalid(vec![faults(code, words)]) }
}

/// The words by which whoever knows a person would begin to guess.
pub(super) async fn own_words(tx: &mut Tx, user: &UserRecord) -> Result<Vec<String>> {
    let mut words = vec![user.email.clone()];
    words.extend(user.name.clone());
    for membership in people::memberships(tx, user.id).await? {
        if let Some(tenant) = tenants::find(tx, &membership.tenant.to_string()).await? {
            words.extend([tenant.company_name, tenant.slug]);
        }
    }
    Ok(words)
}

const ADD_WORDS: Advice = advice(
    "Too easy to guess. Add another word or two: uncommon ones are better.",
    "Trop facile à deviner. Ajoutez un mot ou deux, de préférence peu courants.",
);

const fn warn(warning: Warning) -> Advice {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => advice(
            "Rows of neighbouring keys are easy to guess.",
            "Les suites de touches voisines sont faciles à deviner.",
        ),
        Warning::ShortKeyboardPatternsAreEasyToGuess => advice(
            "Short patterns on the keyboard are easy to guess.",
            "Les petits motifs au clavier sont faciles à deviner.",
        ),
        Warning::RepeatsLikeAaaAreEasyToGuess => advice(
            "Repeats like “aaa” are easy to guess.",
            "Les répétitions comme « aaa » sont faciles à deviner.",
        ),
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => advice(
            "Repeats like “abcabc” are hardly better than “abc”.",
            "Les répétitions comme « abcabc » ne valent guère mieux que « abc ».",
        ),
        Warning::ThisIsATop10Password => advice(
            "This is one of the ten most used passwords.",
            "C’est l’un des dix mots de passe les plus utilisés.",
        ),
        Warning::ThisIsATop100Password => advice(
            "This is one of the hundred most used passwords.",
            "C’est l’un des cent mots de passe les plus utilisés.",
        ),
        Warning::ThisIsACommonPassword => {
            advice("This is a very common password.", "C’est un mot de passe très courant.")
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => advice(
            "This is much like a very common password.",
            "Cela ressemble beaucoup à un mot de passe très courant.",
        ),
        Warning::SequencesLikeAbcAreEasyToGuess => advice(
            "Sequences like “abc” or “6543” are easy to guess.",
            "Les suites comme « abc » ou « 6543 » sont faciles à deviner.",
        ),
        Warning::RecentYearsAreEasyToGuess => {
            advice("Recent years are easy to guess.", "Les années récentes sont faciles à deviner.")
        }
        Warning::AWordByItselfIsEasyToGuess => {
            advice("A word by itself is easy to guess.", "Un mot seul est facile à deviner.")
        }
        Warning::DatesAreOftenEasyToGuess => {
            advice("Dates are often easy to guess.", "Les dates sont souvent faciles à deviner.")
        }
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            advice("Names are easy to guess.", "Les noms sont faciles à deviner.")
        }
    }
}

const fn suggest(suggestion: Suggestion) -> Advice {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => advice(
            "Use a few words that do not belong together; leave out common phrases.",
            "Utilisez quelques mots sans rapport entre eux ; évitez les expressions courantes.",
        ),
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => advice(
            "Symbols, digits and capitals are not needed.",
            "Symboles, chiffres et majuscules ne sont pas nécessaires.",
        ),
        Suggestion::AddAnotherWordOrTwo => ADD_WORDS,
        Suggestion::CapitalizationDoesntHelpVeryMuch => {
            advice("Capitals do not help very much.", "Les majuscules n’aident pas beaucoup.")
        }
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => advice(
            "All capitals are almost as easy to guess as none.",
            "Tout en majuscules se devine presque aussi bien que tout en minuscules.",
        ),
        Suggestion::ReversedWordsArentMuchHarderToGuess => advice(
            "Reversed words are not much harder to guess.",
            "Les mots à l’envers ne sont guère plus difficiles à deviner.",
        ),
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => advice(
            "Replacing “a” by “@” and the like does not help very much.",
            "Remplacer « a » par « @ » et autres n’aide pas beaucoup.",
        ),
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => advice(
            "Use a longer pattern on the keyboard, with more turns.",
            "Utilisez un motif plus long au clavier, avec plus de détours.",
        ),
        Suggestion::AvoidRepeatedWordsAndCharacters => {
            advice("Avoid repeated words and characters.", "Évitez les mots et les caractères répétés.")
        }
        Suggestion::AvoidSequences => advice("Avoid sequences.", "Évitez les suites."),
        Suggestion::AvoidRecentYears => advice("Avoid recent years.", "Évitez les années récentes."),
        Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => advice(
            "Avoid dates and years that have to do with you.",
            "Évitez les dates et les années qui vous concernent.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_enough(password: &str, own: &[&str]) -> bool {
        let own: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        judge_password(&password.into(), &own).is_enough
    }

    #[test]
    fn words_make_a_password_and_symbols_alone_do_not() {
        for good in [
            "correct horse battery",
            "quartz heron paddle",
            "maple-canoe-otter-4821",
            "le chat boit du sirop",
        ] {
            assert!(is_enough(good, &[]), "{good}");
        }
        for bad in [
            "password123",
            "P@ssw0rd!!",
            "1234567890",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "letmein2026",
            "vestibule1",
            "abcdefghij",
        ] {
            assert!(!is_enough(bad, &[]), "{bad}");
        }
    }

    #[test]
    fn ones_own_words_are_guessed_first() {
        let own =
            ["odile.tremblay@north-shore.test", "Odile Tremblay", "North Shore Plumbing", "north-shore"];
        for bad in ["odile.tremblay", "Tremblay-plumbing", "north-shore1", "Odile2026!"] {
            assert!(!is_enough(bad, &own), "{bad}");
        }
        assert!(is_enough("quartz heron paddle", &own));
    }

    #[test]
    fn length_has_ends_and_a_long_password_takes_no_time() {
        assert!(!is_enough("xK9#mQ2$v", &[]), "nine characters");
        assert!(is_enough("xK9#mQ2$vL", &[]));
        let long: String = "quartz heron paddle ".repeat(13).chars().take(256).collect();
        assert_eq!(check_password(&long.clone().into(), &[]).err().map(|_| ()), None);
        let too_long = check_password(&format!("{long}x").into(), &[]);
        assert!(matches!(too_long, Err(crate::Error::Refused(no)) if no.code == "password_too_short"));
    }

    #[test]
    fn a_refusal_says_why_in_both_languages() {
        let Err(crate::Error::Refused(no)) = check_password(&"qwertyuiop".into(), &[]) else { panic!() };
        assert_eq!((no.code, no.fields[0].field), ("password_weak", "password"));
        assert!(
            no.fields[0].en.ends_with('.')
                && no.fields[0].fr.ends_with('.')
                && no.fields[0].en != no.fields[0].fr
        );
    }
}
