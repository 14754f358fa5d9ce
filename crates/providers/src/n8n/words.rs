//! What is wrong with a connection to n8n, in words for people.

use vestibule_ports::{Diagnosis, EngineFault};

/// Code, English, French.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "ready",
        "All is well: the workflow is active and listens at this address.",
        "Tout va bien : le flux est actif et écoute à cette adresse.",
    ),
    (
        "test_url",
        "This is the Test URL, which answers only once while somebody watches. Copy the Production URL of the Webhook node instead.",
        "C’est l’URL de test (Test URL), qui ne répond qu’une fois pendant que quelqu’un regarde. Copiez plutôt l’URL de production (Production URL) du nœud Webhook.",
    ),
    (
        "instance_unknown",
        "The webhook’s address does not show where n8n is. Give the address of the instance.",
        "L’adresse du webhook ne dit pas où se trouve n8n. Donnez l’adresse de l’instance.",
    ),
    (
        "key_missing",
        "n8n answers, but without an API key it cannot be asked about the workflow. Make one in n8n under Settings, n8n API.",
        "n8n répond, mais sans clé d’API on ne peut rien lui demander du flux. Créez-en une dans n8n sous Settings, n8n API.",
    ),
    (
        "workflow_unknown",
        "n8n answers and takes the key. To look at the workflow, give its id: the last part of its address in n8n.",
        "n8n répond et accepte la clé. Pour examiner le flux, donnez son identifiant : la fin de son adresse dans n8n.",
    ),
    (
        "workflow_missing",
        "n8n has no workflow of this id, or the key does not reach it. Open the workflow in n8n and copy the id from its address.",
        "n8n n’a aucun flux de cet identifiant, ou la clé n’y donne pas accès. Ouvrez le flux dans n8n et copiez l’identifiant de son adresse.",
    ),
    (
        "workflow_archived",
        "The workflow is archived in n8n. Restore it, or connect another.",
        "Le flux est archivé dans n8n. Restaurez-le, ou connectez-en un autre.",
    ),
    (
        "workflow_inactive",
        "The workflow is not active: until it is, n8n answers 404 to each delivery. Activate it.",
        "Le flux n’est pas actif : d’ici là, n8n répond 404 à chaque envoi. Activez-le.",
    ),
    (
        "no_webhook",
        "The workflow has no Webhook node that is on. Add one, or import one of the example workflows.",
        "Le flux n’a aucun nœud Webhook en service. Ajoutez-en un, ou importez un des flux d’exemple.",
    ),
    (
        "wrong_path",
        "No Webhook node of the workflow listens at this address. Copy the Production URL of its Webhook node.",
        "Aucun nœud Webhook du flux n’écoute à cette adresse. Copiez l’URL de production (Production URL) de son nœud Webhook.",
    ),
    (
        "wrong_method",
        "The Webhook node does not take POST. Set its HTTP Method to POST; n8n’s default is GET.",
        "Le nœud Webhook n’accepte pas POST. Réglez sa méthode HTTP (HTTP Method) sur POST; le défaut de n8n est GET.",
    ),
    (
        "key_refused",
        "n8n refuses the API key. Make a new one in n8n under Settings, n8n API, and paste it here.",
        "n8n refuse la clé d’API. Créez-en une nouvelle dans n8n sous Settings, n8n API, et collez-la ici.",
    ),
    (
        "key_scope",
        "The API key is genuine but may not do this. Give it the rights to read workflows and executions, and to activate.",
        "La clé d’API est bonne, mais n’a pas ce droit. Donnez-lui ceux de lire les flux et les exécutions, et d’activer.",
    ),
    (
        "no_api",
        "Something answers there, but not n8n’s API. Check the address of the instance; an n8n that has just started needs a moment.",
        "Quelque chose répond, mais pas l’API de n8n. Vérifiez l’adresse de l’instance; un n8n qui vient de démarrer a besoin d’un moment.",
    ),
    (
        "dns_failed",
        "The name in the address cannot be found. Check how the address is spelled.",
        "Le nom dans l’adresse est introuvable. Vérifiez l’orthographe de l’adresse.",
    ),
    (
        "connection_refused",
        "Nobody listens there: the connection was refused. Check the address and the port, and whether n8n runs.",
        "Personne n’écoute à cet endroit : la connexion a été refusée. Vérifiez l’adresse et le port, et si n8n fonctionne.",
    ),
    (
        "connection_closed",
        "The connection broke off before n8n had answered. Try again; if it goes on, look at n8n’s own log.",
        "La connexion s’est rompue avant la réponse de n8n. Réessayez; si cela persiste, consultez le journal de n8n.",
    ),
    (
        "tls_failed",
        "The secure connection failed: the certificate there does not fit the address or has expired.",
        "La connexion sécurisée a échoué : le certificat ne correspond pas à l’adresse ou est expiré.",
    ),
    (
        "timeout",
        "n8n took too long to answer. Check whether it is overloaded or behind a firewall.",
        "n8n a mis trop de temps à répondre. Vérifiez s’il est surchargé ou derrière un pare-feu.",
    ),
    (
        "blocked_address",
        "This address may not be asked: only https and public addresses are allowed here. An operator can allow more.",
        "Cette adresse ne peut être interrogée : seules les adresses publiques en https sont permises ici. Un opérateur peut en permettre d’autres.",
    ),
    (
        "invalid_url",
        "The address of the instance is not one: it begins with https://.",
        "L’adresse de l’instance n’en est pas une : elle commence par https://.",
    ),
    (
        "redirect",
        "n8n sends us elsewhere, which we do not follow. Give the address that it leads to.",
        "n8n nous renvoie ailleurs, et nous ne suivons pas. Donnez l’adresse de destination.",
    ),
    (
        "rate_limited",
        "n8n is asked too often. It is asked again later.",
        "n8n est interrogé trop souvent. Il le sera de nouveau plus tard.",
    ),
    (
        "http_status",
        "n8n answers with an error of its own. Try again; if it goes on, look at n8n’s own log.",
        "n8n répond par une erreur interne. Réessayez; si cela persiste, consultez le journal de n8n.",
    ),
    (
        "activation_refused",
        "n8n refuses to activate the workflow. Most often a node lacks its credential: open the workflow in n8n and look for the marked nodes.",
        "n8n refuse d’activer le flux. Le plus souvent, il manque un identifiant (credential) à un nœud : ouvrez le flux dans n8n et cherchez les nœuds marqués.",
    ),
    (
        "webhook_conflict",
        "Another active workflow already listens at this path. Change the path of one of them.",
        "Un autre flux actif écoute déjà à ce chemin. Changez le chemin de l’un des deux.",
    ),
];

const STRANGE: (&str, &str) = (
    "n8n gave an answer that makes no sense here. Check that the address is that of an n8n instance.",
    "n8n a donné une réponse qui n’a pas de sens ici. Vérifiez que l’adresse est celle d’une instance de n8n.",
);

/// A code's words, English and French; for a code without any, that the answer is strange.
pub(super) fn said(code: &str) -> (&'static str, &'static str) {
    WORDS.iter().find(|(known, _, _)| *known == code).map_or(STRANGE, |(_, en, fr)| (en, fr))
}

/// A code's words as a diagnosis.
pub(super) fn of(code: &'static str) -> Diagnosis {
    let (en, fr) = said(code);
    Diagnosis {
        code,
        is_good: code == "ready",
        en,
        fr,
        workflow_name: None,
        addresses: Vec::new(),
        said: None,
    }
}

/// A fault's words, and the engine's own.
pub(super) fn of_fault(fault: &EngineFault) -> Diagnosis {
    Diagnosis { said: fault.said.clone(), ..of(fault.code) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_words_of_its_own_in_both_languages() {
        let mut seen = BTreeSet::new();
        for (code, en, fr) in WORDS {
            assert!(seen.insert(*code) && seen.insert(*en) && seen.insert(*fr), "{code} is said twice");
            assert!(en.ends_with('.') && fr.ends_with('.') && en != fr, "{code}");
            assert!(!fr.contains('\'') && !en.contains('\''), "{code}: a typewriter's apostrophe");
        }
        assert!(of("ready").is_good && !of("wrong_path").is_good);
        assert_eq!(of("unreadable").en, STRANGE.0);
    }
}
