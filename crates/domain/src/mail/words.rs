//! What mails about people and their accounts say. Pure; `render` gives the words their form.

use crate::mail::render::{Reader, Words, instant, line};
use crate::mail::{Language, Notice};
use vestibule_model::{Role, UnixMs};

const YOURS: (&str, &str) = (
    "You receive this because your address has an account in Vestibule.",
    "Vous recevez ce message parce que votre adresse a un compte dans Vestibule.",
);
const ASKED: (&str, &str) = (
    "You receive this because somebody gave your address in Vestibule.",
    "Vous recevez ce message parce que quelqu’un a donné votre adresse dans Vestibule.",
);

/// Puts a notice about a person or their account into words; a notice of another kind says nothing here.
pub(super) fn about_people(notice: &Notice, to: &Reader<'_>) -> Words {
    match notice {
        Notice::Invite { by, role, link, until } => invite(&line(by), *role, link.address(), *until, to),
        Notice::Reset { link } => reset(link.address(), to.language),
        Notice::ConfirmEmail { link } => confirm_email(link.address(), to.language),
        Notice::EmailChanging { new_email } => email_changing(&line(new_email), to),
        Notice::Unlock { link, until } => unlock(link.address(), *until, to),
        Notice::PasswordChanged { at } => password_changed(*at, to),
        Notice::FactorOff { at } => factor_off(*at, to),
        Notice::EndpointOff { .. } | Notice::Test => Words {
            subject: String::new(),
            preheader: String::new(),
            paragraphs: Vec::new(),
            button: None,
            foot: "",
        },
    }
}

const fn foot(words: (&'static str, &'static str), language: Language) -> &'static str {
    match language {
        Language::En => words.0,
        Language::Fr => words.1,
    }
}

/// A role, as it is said of a person who is to have it.
const fn role_in(role: Role, language: Language) -> &'static str {
    match (role, language) {
        (Role::Owner, Language::En) => "an owner",
        (Role::Manager, Language::En) => "a manager",
        (Role::Staff, Language::En) => "a member of staff",
        (Role::Viewer, Language::En) => "a viewer",
        (Role::Owner, Language::Fr) => "propriétaire",
        (Role::Manager, Language::Fr) => "gestionnaire",
        (Role::Staff, Language::Fr) => "membre de l’équipe",
        (Role::Viewer, Language::Fr) => "observateur",
    }
}

fn invite(by: &str, role: Role, link: String, until: UnixMs, to: &Reader<'_>) -> Words {
    let (company, until, role) = (line(to.company), instant(until, to), role_in(role, to.language));
    let foot = foot(ASKED, to.language);
    match to.language {
        Language::En => {
            let who = if by.is_empty() { "You are invited".to_owned() } else { format!("{by} invites you") };
            Words {
                subject: format!("Join {company} in Vestibule"),
                preheader: format!("{who} to work with {company}."),
                paragraphs: vec![
                    format!("{who} to join {company} as {role}."),
                    "Vestibule answers the telephone of this business: with your access you see its calls and what became of them.".into(),
                    format!("The invitation is good until {until}, and for this address only."),
                    "If you expected nothing of the kind, do nothing: without you, nothing happens.".into(),
                ],
                button: Some(("Accept the invitation", link)),
                foot,
            }
        }
        Language::Fr => {
            let who = if by.is_empty() { "On vous invite".to_owned() } else { format!("{by} vous invite") };
            Words {
                subject: format!("Rejoignez {company} dans Vestibule"),
                preheader: format!("{who} à travailler avec {company}."),
                paragraphs: vec![
                    format!("{who} à rejoindre {company} comme {role}."),
                    "Vestibule prend les appels de cette entreprise : avec votre accès, vous voyez ses appels et ce qu’ils sont devenus.".into(),
                    format!("L’invitation est valable jusqu’au {until}, et pour cette adresse seulement."),
                    "Si vous n’attendiez rien de tel, ne faites rien : sans vous, rien ne se passe.".into(),
                ],
                button: Some(("Accepter l’invitation", link)),
                foot,
            }
        }
    }
}

fn reset(link: String, language: Language) -> Words {
    let foot = foot(YOURS, language);
    match language {
        Language::En => Words {
            subject: "Choose a new password".into(),
            preheader: "The link is good for an hour, once.".into(),
            paragraphs: vec![
                "Somebody, probably you, said that the password of your account is forgotten.".into(),
                "With this link you choose a new one. It is good for an hour, and once. All sessions that are open now end then.".into(),
                "If it was not you, do nothing: your password stays as it is.".into(),
            ],
            button: Some(("Choose a new password", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Choisissez un nouveau mot de passe".into(),
            preheader: "Le lien est valable une heure, une seule fois.".into(),
            paragraphs: vec![
                "Quelqu’un, sans doute vous, a indiqué que le mot de passe de votre compte est oublié.".into(),
                "Avec ce lien, vous en choisissez un autre. Il est valable une heure, une seule fois. Toutes les sessions ouvertes se terminent alors.".into(),
                "Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.".into(),
            ],
            button: Some(("Choisir un nouveau mot de passe", link)),
            foot,
        },
    }
}

fn confirm_email(link: String, language: Language) -> Words {
    let foot = foot(ASKED, language);
    match language {
        Language::En => Words {
            subject: "Confirm your new address".into(),
            preheader: "From then on you sign in with it.".into(),
            paragraphs: vec![
                "You want to use this address in Vestibule. Confirm it, and from then on you sign in with it.".into(),
                "The link is good for a day, and once. Until then the old address stays.".into(),
                "If it was not you, do nothing.".into(),
            ],
            button: Some(("Confirm the address", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Confirmez votre nouvelle adresse".into(),
            preheader: "Vous l’utiliserez ensuite pour ouvrir une session.".into(),
            paragraphs: vec![
                "Vous voulez utiliser cette adresse dans Vestibule. Confirmez-la : vous ouvrirez ensuite vos sessions avec elle.".into(),
                "Le lien est valable un jour, une seule fois. D’ici là, l’ancienne adresse reste en vigueur.".into(),
                "Si ce n’était pas vous, ne faites rien.".into(),
            ],
            button: Some(("Confirmer l’adresse", link)),
            foot,
        },
    }
}

fn email_changing(new_email: &str, to: &Reader<'_>) -> Words {
    let (link, foot) = (format!("{}/forgot", to.public_url), foot(YOURS, to.language));
    match to.language {
        Language::En => Words {
            subject: "Your address in Vestibule is about to change".into(),
            preheader: format!("To {new_email}, as soon as it is confirmed there."),
            paragraphs: vec![
                format!("Somebody who knows your password wants your account to use {new_email} instead of this address."),
                "The change is made as soon as it is confirmed at the new address.".into(),
                "If it was not you, choose a new password at once: that also stops the change.".into(),
            ],
            button: Some(("It was not me", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Votre adresse dans Vestibule va changer".into(),
            preheader: format!("Pour {new_email}, dès que ce sera confirmé là-bas."),
            paragraphs: vec![
                format!("Quelqu’un qui connaît votre mot de passe veut que votre compte utilise {new_email} au lieu de cette adresse."),
                "Le changement se fait dès qu’il est confirmé à la nouvelle adresse.".into(),
                "Si ce n’était pas vous, choisissez tout de suite un nouveau mot de passe : cela arrête aussi le changement.".into(),
            ],
            button: Some(("Ce n’était pas moi", link)),
            foot,
        },
    }
}

fn unlock(link: String, until: UnixMs, to: &Reader<'_>) -> Words {
    let (until, foot) = (instant(until, to), foot(YOURS, to.language));
    match to.language {
        Language::En => Words {
            subject: "Your account is locked for a while".into(),
            preheader: "Too many wrong passwords were tried.".into(),
            paragraphs: vec![
                format!(
                    "Too many wrong passwords were tried for your account, so nobody can sign in until {until}."
                ),
                "If it was you, this link lets you try again at once. It is good once.".into(),
                "If it was not you, you need do nothing: whoever tried did not get in.".into(),
            ],
            button: Some(("Let me try again", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Votre compte est verrouillé pour un moment".into(),
            preheader: "Trop de mots de passe erronés ont été essayés.".into(),
            paragraphs: vec![
                format!(
                    "Trop de mots de passe erronés ont été essayés pour votre compte : personne ne peut ouvrir de session avant le {until}."
                ),
                "Si c’était vous, ce lien vous permet de réessayer tout de suite. Il sert une seule fois."
                    .into(),
                "Si ce n’était pas vous, vous n’avez rien à faire : personne n’est entré.".into(),
            ],
            button: Some(("Réessayer maintenant", link)),
            foot,
        },
    }
}

fn password_changed(at: UnixMs, to: &Reader<'_>) -> Words {
    let (at, link) = (instant(at, to), format!("{}/forgot", to.public_url));
    let foot = foot(YOURS, to.language);
    match to.language {
        Language::En => Words {
            subject: "Your password was changed".into(),
            preheader: "All other sessions have ended.".into(),
            paragraphs: vec![
                format!("The password of your account was changed on {at}. All other sessions have ended."),
                "If it was not you, choose a new one at once.".into(),
            ],
            button: Some(("It was not me", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Votre mot de passe a été changé".into(),
            preheader: "Toutes les autres sessions sont terminées.".into(),
            paragraphs: vec![
                format!(
                    "Le mot de passe de votre compte a été changé le {at}. Toutes les autres sessions sont terminées."
                ),
                "Si ce n’était pas vous, choisissez-en tout de suite un autre.".into(),
            ],
            button: Some(("Ce n’était pas moi", link)),
            foot,
        },
    }
}

fn factor_off(at: UnixMs, to: &Reader<'_>) -> Words {
    let (at, link) = (instant(at, to), format!("{}/forgot", to.public_url));
    let foot = foot(YOURS, to.language);
    match to.language {
        Language::En => Words {
            subject: "Your second factor was turned off".into(),
            preheader: "Your password alone signs you in now.".into(),
            paragraphs: vec![
                format!("The second factor of your account was turned off on {at}. Your password alone signs you in now."),
                "If it was not you, choose a new password at once: that ends every session. Then turn the second factor on again.".into(),
            ],
            button: Some(("It was not me", link)),
            foot,
        },
        Language::Fr => Words {
            subject: "Votre second facteur a été désactivé".into(),
            preheader: "Votre mot de passe suffit maintenant pour ouvrir une session.".into(),
            paragraphs: vec![
                format!("Le second facteur de votre compte a été désactivé le {at}. Votre mot de passe suffit maintenant pour ouvrir une session."),
                "Si ce n’était pas vous, choisissez tout de suite un nouveau mot de passe : cela termine toutes les sessions. Réactivez ensuite le second facteur.".into(),
            ],
            button: Some(("Ce n’était pas moi", link)),
            foot,
        },
    }
}
