//! What a tenant has: ids out of its lists, by the list's path.

use super::operations::Operation;
use std::collections::BTreeMap;

/// What stands in a path where it is no id. The first list that a name fits fills the rest.
const WORDS: &[(&str, &str)] = &[
    ("provider", "vapi"),
    ("sample", "end_of_call_report"),
    ("kind", "n8n"),
    ("name", "receptionist.en.json"),
];

/// A tenant's things.
#[derive(Debug, Clone, Default)]
pub struct Things {
    /// The tenant's id.
    pub tenant: String,
    /// Its agent at the provider.
    pub agent: String,
    /// An id of each list.
    pub ids: BTreeMap<String, String>,
    /// The next page of each list.
    pub cursors: BTreeMap<String, String>,
}

impl Things {
    /// An operation's address. `None` when a list that it needs holds nothing.
    pub fn address(&self, operation: &Operation) -> Option<String> {
        self.filled(&operation.path)
    }

    /// An operation's address, with a made-up id where there is none: good enough for whoever must not come so far.
    pub fn somewhere(&self, operation: &Operation) -> String {
        let made_up = uuid::Uuid::from_bytes([0x02; 16]).to_string();
        self.fill(&operation.path, Some(&made_up)).unwrap_or_default()
    }

    /// A path with everything filled in.
    pub fn filled(&self, path: &str) -> Option<String> {
        self.fill(path, None)
    }

    fn fill(&self, path: &str, made_up: Option<&str>) -> Option<String> {
        let (mut filled, mut before) = (String::new(), String::new());
        for part in path.split('/').skip(1) {
            let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            filled.push('/');
            match name {
                None => filled.push_str(part),
                Some(name) => filled.push_str(self.named(name, &before).as_deref().or(made_up)?),
            }
            before = format!("{before}/{part}");
        }
        Some(filled)
    }

    fn named(&self, name: &str, list: &str) -> Option<String> {
        if name == "organization" || list == "/api/admin/tenants" || name == "tenant" {
            return Some(self.tenant.clone());
        }
        let word = WORDS.iter().find(|(known, _)| *known == name).map(|(_, word)| (*word).to_owned());
        word.or_else(|| self.ids.get(list).cloned())
    }

    /// The id of a thing of a kind, from the list that is called so: `call` from `…/calls`, `thread` from
    /// `…/text-threads`.
    pub fn one_of_kind(&self, kind: &str) -> Option<String> {
        let stem = kind.strip_suffix('y').unwrap_or(kind);
        let fits = |list: &str| {
            let last = list.rsplit('/').next().unwrap_or_default();
            let last = last.rsplit('-').next().unwrap_or_default();
            last == format!("{kind}s") || last == format!("{stem}ies")
        };
        self.ids.iter().find(|(list, _)| fits(list)).map(|(_, id)| id.clone())
    }

    /// Everything by which the tenant's rows would be known.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.ids.values().chain([&self.tenant, &self.agent])
    }
}

#[cfg(test)]
mod tests {
    use super::Things;

    fn things() -> Things {
        let ids = [
            ("/api/v1/calls", "c"),
            ("/api/v1/text-threads", "t"),
            ("/api/v1/deliveries", "d"),
            ("/a/{organization}/keys", "k"),
        ];
        let ids = ids.iter().map(|(list, id)| ((*list).to_owned(), (*id).to_owned())).collect();
        Things { tenant: "me".into(), agent: "a".into(), ids, ..Things::default() }
    }

    #[test]
    fn paths_are_filled_from_the_lists_before_them() {
        let things = things();
        assert_eq!(
            things.filled("/api/v1/calls/{id}/recording").as_deref(),
            Some("/api/v1/calls/c/recording")
        );
        assert_eq!(things.filled("/a/{organization}/keys/{key_id}").as_deref(), Some("/a/me/keys/k"));
        assert_eq!(
            things.filled("/api/admin/tenants/{id}/stats").as_deref(),
            Some("/api/admin/tenants/me/stats")
        );
        assert_eq!(things.filled("/api/v1/mails/{id}"), None);
    }

    #[test]
    fn a_name_tells_its_list() {
        let kind = |kind| things().one_of_kind(kind);
        assert_eq!(kind("call").as_deref(), Some("c"));
        assert_eq!(kind("thread").as_deref(), Some("t"));
        assert_eq!(kind("delivery").as_deref(), Some("d"));
        assert_eq!(kind("mail"), None);
    }
}
