//! What a caller hears when no agent speaks, in the tenant's language.

/// A sentence in both languages.
pub(super) struct Spoken {
    en: &'static str,
    fr: &'static str,
}

impl Spoken {
    /// The sentence in a tenant's language, with the business's name where it has a place for one.
    pub(super) fn say(&self, locale: &str, business: &str) -> String {
        let text = if locale.starts_with("fr") { self.fr } else { self.en };
        text.replace("{business}", business)
    }
}

pub(super) const CONNECTING: Spoken = Spoken {
    en: "Thank you for calling {business}. One moment, I am putting you through.",
    fr: "Merci d’appeler {business}. Un instant, je vous mets en communication.",
};

pub(super) const NOBODY: Spoken = Spoken {
    en: "Thank you for calling {business}. Nobody can take your call right now. Please leave a message and we will call you back.",
    fr: "Merci d’appeler {business}. Personne ne peut prendre votre appel pour le moment. Laissez-nous un message et nous vous rappellerons.",
};

pub(super) const NO_PERSON: Spoken = Spoken {
    en: "Nobody is available to take the call. Offer to take a message.",
    fr: "Personne n’est disponible pour prendre l’appel. Proposez de prendre un message.",
};

pub(super) const NO_TOOL: Spoken = Spoken {
    en: "This cannot be done here. Offer to take a message.",
    fr: "Ceci n’est pas possible ici. Proposez de prendre un message.",
};

pub(super) const NOT_NOW: Spoken = Spoken {
    en: "This did not work just now. Offer to take a message.",
    fr: "Cela n’a pas fonctionné à l’instant. Proposez de prendre un message.",
};

pub(super) const NO_MESSAGE: Spoken = Spoken {
    en: "The message is empty. Ask what you may pass on.",
    fr: "Le message est vide. Demandez ce que vous pouvez transmettre.",
};

pub(super) const NOTED: Spoken = Spoken {
    en: "The message is noted and will be passed on to {business}.",
    fr: "Le message est noté et sera transmis à {business}.",
};

pub(super) const NEW_CALLER: Spoken =
    Spoken { en: "This number has not called before.", fr: "Ce numéro n’a jamais appelé." };

pub(super) const NO_NUMBER: Spoken =
    Spoken { en: "The caller’s number is withheld.", fr: "Le numéro de l’appelant est masqué." };

pub(super) const GOODBYE: Spoken = Spoken { en: "Say goodbye.", fr: "Dites au revoir." };
