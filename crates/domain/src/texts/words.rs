//! What a text is answered with, and why one did not arrive, in both languages. Answers keep to the short alphabet of texts
//! (`parts`), so that one part is enough.

use vestibule_model::{Keyword, TextProblem};

/// The answer to a keyword, in French or in English.
pub(super) fn answer(keyword: Keyword, french: bool, business: &str) -> String {
    let text = match (keyword, french) {
        (Keyword::Stop, false) => {
            "{business}: noted, no more texts from this number. Reply START to receive them again."
        }
        (Keyword::Stop, true) => {
            "{business}: c'est noté, plus de textos de ce numéro. Répondez REPRENDRE pour en recevoir de nouveau."
        }
        (Keyword::Start, false) => {
            "{business}: you will receive texts from this number again. Reply STOP to end them."
        }
        (Keyword::Start, true) => {
            "{business}: vous recevrez de nouveau les textos de ce numéro. Répondez ARRET pour y mettre fin."
        }
        (Keyword::Help, false) => {
            "{business}: call this number to reach us. Reply STOP to receive no more texts."
        }
        (Keyword::Help, true) => {
            "{business}: appelez ce numéro pour nous joindre. Répondez ARRET pour ne plus recevoir de textos."
        }
    };
    let business: String = business.chars().take(40).collect();
    text.replace("{business}", business.trim())
}

/// Why a text was not sent or did not arrive: English and French.
#[must_use]
pub const fn of_problem(problem: TextProblem) -> (&'static str, &'static str) {
    match problem {
        TextProblem::OptedOut => (
            "The receiver wants no texts of this number.",
            "Le destinataire ne veut pas de textos de ce numéro.",
        ),
        TextProblem::BadReceiver => (
            "There is no such number, or it takes no texts.",
            "Ce numéro n’existe pas, ou ne reçoit pas de textos.",
        ),
        TextProblem::Landline => (
            "The number is a landline: it takes no texts.",
            "Le numéro est une ligne fixe : il ne reçoit pas de textos.",
        ),
        TextProblem::OutOfReach => (
            "The receiver’s telephone is off or out of reach.",
            "Le téléphone du destinataire est éteint ou hors de portée.",
        ),
        TextProblem::TrialReceiver => (
            "The account at the provider is a trial: it sends to verified numbers alone. Verify this one there, or upgrade the account.",
            "Le compte chez le fournisseur est un compte d’essai : il n’envoie qu’à des numéros vérifiés. Vérifiez celui-ci, ou passez à un compte complet.",
        ),
        TextProblem::RegionOff => (
            "The account may not send texts to this country: switch it on in the provider’s geographic permissions.",
            "Le compte ne peut pas envoyer de textos dans ce pays : activez-le dans les permissions géographiques du fournisseur.",
        ),
        TextProblem::BadSender => (
            "Our number may send no texts: choose one with texts at the provider.",
            "Notre numéro ne peut pas envoyer de textos : choisissez-en un qui le peut chez le fournisseur.",
        ),
        TextProblem::NotRegistered => (
            "Our number is not registered for texts of businesses in the United States (A2P 10DLC): register a brand and a campaign at the provider. It takes days.",
            "Notre numéro n’est pas inscrit pour les textos d’entreprises aux États-Unis (A2P 10DLC) : inscrivez une marque et une campagne chez le fournisseur. Cela prend des jours.",
        ),
        TextProblem::TollFreeUnverified => (
            "Our toll-free number is not verified: ask for its verification at the provider. It takes days.",
            "Notre numéro sans frais n’est pas vérifié : demandez sa vérification chez le fournisseur. Cela prend des jours.",
        ),
        TextProblem::Filtered => {
            ("A carrier held it back as unwanted.", "Un opérateur l’a retenu comme indésirable.")
        }
        TextProblem::BadBody => ("The text is empty or too long.", "Le texto est vide ou trop long."),
        TextProblem::QueueFull => {
            ("Too many texts of this number wait already.", "Trop de textos de ce numéro attendent déjà.")
        }
        TextProblem::Suspended => {
            ("The account at the provider is suspended.", "Le compte chez le fournisseur est suspendu.")
        }
        TextProblem::NotConnected => {
            ("The provider is no longer connected.", "Le fournisseur n’est plus connecté.")
        }
        TextProblem::Unauthorized => (
            "The provider does not take our key: check the connection.",
            "Le fournisseur n’accepte pas notre clé : vérifiez la connexion.",
        ),
        TextProblem::Unreachable => (
            "The provider could not be reached for half an hour.",
            "Le fournisseur n’a pas pu être joint pendant une demi-heure.",
        ),
        TextProblem::Rejected => ("The provider did not take it.", "Le fournisseur ne l’a pas accepté."),
        TextProblem::Other => (
            "It did not arrive, and the provider does not say why.",
            "Il n’est pas arrivé, et le fournisseur ne dit pas pourquoi.",
        ),
    }
}
