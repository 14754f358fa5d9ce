//! Addresses of an n8n instance: its API, its webhooks, its pages.

use super::wire::is_id;
use url::Url;
use vestibule_ports::Place;

/// Of what people copy out of the browser, what comes behind the instance's own address.
const PAGES: [&str; 8] =
    ["/workflow/", "/home", "/projects", "/executions", "/credentials", "/settings", "/signin", "/api/v1"];

/// The instance's address, without credentials, query and slash at the end; of the webhook's address when nothing else
/// is known.
pub(super) fn base(place: &Place) -> Option<Url> {
    let given = place.instance_url.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let mut url = match given {
        Some(text) => {
            let mut url = Url::parse(text).ok()?;
            let path = url.path().to_owned();
            let end = PAGES.iter().filter_map(|page| path.find(page)).min().unwrap_or(path.len());
            url.set_path(&path[..end]);
            url
        }
        None => {
            let mut url = Url::parse(&place.webhook_url).ok()?;
            let path = url.path().to_owned();
            url.set_path(&path[..path.find("/webhook/").or_else(|| path.find("/webhook-test/"))?]);
            url
        }
    };
    if url.cannot_be_a_base() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// The workflow's id: as it stands, or out of the address of its page.
pub(super) fn workflow(place: &Place) -> Option<&str> {
    let text = place.workflow.as_deref()?.trim();
    let text = text
        .split_once("/workflow/")
        .map_or(text, |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    is_id(text).then_some(text)
}

/// What of the webhook's address comes behind `/webhook/`.
pub(super) fn webhook_path(place: &Place) -> Option<String> {
    let url = Url::parse(&place.webhook_url).ok()?;
    let (_, path) = url.path().split_once("/webhook/")?;
    let path = path.trim_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

/// Whether it is the address that answers only while somebody watches in n8n.
pub(super) fn is_test_url(place: &Place) -> bool {
    Url::parse(&place.webhook_url).is_ok_and(|url| url.path().contains("/webhook-test/"))
}

/// The address of a webhook, by its path: on the webhook's own host, which may differ from the instance's.
pub(super) fn webhook_at(place: &Place, path: &str) -> Option<String> {
    let url = Url::parse(&place.webhook_url).ok()?;
    let front = match url.path().split_once("/webhook/").or_else(|| url.path().split_once("/webhook-test/")) {
        Some((front, _)) => format!("{}{front}", url.origin().ascii_serialization()),
        None => plain(base(place)?),
    };
    Some(format!("{front}/webhook/{path}"))
}

/// An address behind the base, each segment as it is.
pub(super) fn under(mut base: Url, segments: &[&str]) -> Option<Url> {
    base.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    Some(base)
}

/// The page of an execution, for people.
pub(super) fn execution_page(place: &Place, execution: &str) -> Option<String> {
    let workflow = workflow(place)?;
    if !is_id(execution) {
        return None;
    }
    under(base(place)?, &["workflow", workflow, "executions", execution]).map(plain)
}

/// As text, without credentials: people see it.
fn plain(mut url: Url) -> String {
    let (_, _) = (url.set_username(""), url.set_password(None));
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instance: Option<&str>, webhook: &str, workflow: &str) -> Place {
        Place {
            instance_url: instance.map(str::to_owned),
            webhook_url: webhook.to_owned(),
            workflow: Some(workflow.to_owned()),
            key: None,
            timeout_ms: 1,
        }
    }

    #[test]
    fn the_instance_is_found_in_what_people_paste() {
        let hook = "https://hooks.example.com/n8n/webhook/calls";
        for (instance, want) in [
            (Some("https://n8n.example.com"), "https://n8n.example.com"),
            (Some(" https://n8n.example.com/ "), "https://n8n.example.com"),
            (Some("https://n8n.example.com/workflow/abc?x=1#y"), "https://n8n.example.com"),
            (Some("https://example.com/n8n/home/workflows"), "https://example.com/n8n"),
            (Some("https://n8n.example.com/api/v1/"), "https://n8n.example.com"),
            (None, "https://hooks.example.com/n8n"),
            (Some(""), "https://hooks.example.com/n8n"),
        ] {
            assert_eq!(base(&at(instance, hook, "w")).map(plain).as_deref(), Some(want), "{instance:?}");
        }
        assert_eq!(base(&at(None, "https://example.com/calls", "w")), None);
        assert_eq!(base(&at(Some("mailto:me"), hook, "w")), None);
        for (given, want) in [
            ("q7XcVb2LmN0p", Some("q7XcVb2LmN0p")),
            ("https://n8n.example.com/workflow/q7XcVb2LmN0p/executions", Some("q7XcVb2LmN0p")),
            ("../../rest/users", None),
            ("", None),
        ] {
            assert_eq!(workflow(&at(None, hook, given)), want, "{given}");
        }
    }

    #[test]
    fn pages_and_webhooks_have_addresses_without_credentials() {
        let place =
            at(Some("https://me:secret@n8n.example.com/"), "https://hooks.example.com/webhook/a/b?c=d", "w1");
        assert_eq!(
            execution_page(&place, "54").as_deref(),
            Some("https://n8n.example.com/workflow/w1/executions/54")
        );
        assert_eq!(execution_page(&place, "5/4"), None);
        assert_eq!(webhook_path(&place).as_deref(), Some("a/b"));
        assert_eq!(webhook_at(&place, "c").as_deref(), Some("https://hooks.example.com/webhook/c"));
        assert!(!is_test_url(&place));
        let test = at(None, "https://n8n.example.com/webhook-test/a", "w1");
        assert!(is_test_url(&test));
        assert_eq!(
            (webhook_path(&test), webhook_at(&test, "a").as_deref()),
            (None, Some("https://n8n.example.com/webhook/a"))
        );
    }
}
