//! Where a request comes from. The network's peer says it; what a header claims counts only where a proxy that the
//! configuration trusts wrote it. Nothing here is ever evidence of who somebody is.

use crate::App;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Once;

/// In which header proxies write for whom they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    Forwarded,
}

impl ForwardedBy {
    /// Reads the configuration's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Some(Self::XForwardedFor),
            "forwarded" => Some(Self::Forwarded),
            _ => None,
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Which proxies are believed, and in what they say.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// The addresses of proxies; nobody is believed by default.
    pub trusted: Vec<IpNet>,
    /// The one header that they write. The other may hold whatever a client likes.
    pub by: ForwardedBy,
}

impl Proxies {
    fn trust(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&ip))
    }

    /// For whom a peer asks: itself, or the right-most address in its header that is no trusted proxy's.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut at = peer;
        for hop in hops(headers, self.by).into_iter().rev() {
            match hop {
                Some(ip) if self.trust(at) => at = ip,
                _ => break,
            }
        }
        at
    }
}

/// The addresses in the header, as they stand, over all lines of it; `None` for what is not an address.
fn hops(headers: &HeaderMap, by: ForwardedBy) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(by.header()).iter().map(|line| line.to_str().unwrap_or(""));
    match by {
        ForwardedBy::XForwardedFor => lines.flat_map(|line| line.split(',')).map(node).collect(),
        ForwardedBy::Forwarded => lines.flat_map(elements).map(|element| node(for_of(element))).collect(),
    }
}

/// The elements of a `Forwarded` line: commas in quotes part nothing.
fn elements(line: &str) -> Vec<&str> {
    let (mut found, mut quoted, mut from) = (Vec::new(), false, 0);
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push(&line[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&line[from..]);
    found
}

/// What an element says after `for=`.
fn for_of(element: &str) -> &str {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map_or("", |(_, value)| value)
}

/// An address, with or without a port, quotes and brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => text,
    };
    let found = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()));
    found.map(|ip: IpAddr| ip.to_canonical())
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientAddress {
    ip: Option<IpAddr>,
    is_local: bool,
}

static UNTRUSTED_PROXY: Once = Once::new();

impl ClientAddress {
    /// Looks at a request that came in over a socket.
    pub(crate) fn of(request: &Request, proxies: &Proxies) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let Some(peer) = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()) else {
            return Self::default();
        };
        let headers = request.headers();
        let is_forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
        if is_forwarded && peer.is_loopback() && !proxies.trust(peer) {
            UNTRUSTED_PROXY.call_once(|| {
                tracing::warn!(
                    "requests come through a proxy on this machine that server.trusted_proxies does not name: nobody is limited by address"
                );
            });
        }
        Self { ip: Some(proxies.client(peer, headers)), is_local: peer.is_loopback() && !is_forwarded }
    }

    /// The address, where there is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// Whether a program on this machine asks for itself. A proxy on this machine makes everybody local, so what was
    /// forwarded is not.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.is_local
    }

    /// What is counted: an address, of IPv6 the network of one household; nothing of this machine itself.
    pub(crate) fn counted(&self) -> Option<IpAddr> {
        match self.ip? {
            ip if ip.is_loopback() => None,
            IpAddr::V6(ip) => Some(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into()),
            ip @ IpAddr::V4(_) => Some(ip),
        }
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(trusted: &[&str], by: ForwardedBy) -> Proxies {
        Proxies { trusted: trusted.iter().map(|net| net.parse().unwrap()).collect(), by }
    }

    /// Who asks, by a peer and the lines of a header.
    fn who(proxies: &Proxies, peer: &str, name: &'static str, lines: &[&str]) -> String {
        let mut request = Request::new(axum::body::Body::empty());
        for line in lines {
            request.headers_mut().append(name, line.parse().unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        ClientAddress::of(&request, proxies).ip().unwrap().to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        let nobody = Proxies::default();
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            assert_eq!(who(&nobody, "198.51.100.1:7", name, &["203.0.113.9"]), "198.51.100.1");
        }
        let one = proxies(&["10.0.0.0/8"], ForwardedBy::XForwardedFor);
        assert_eq!(who(&one, "198.51.100.1:7", "x-forwarded-for", &["203.0.113.9"]), "198.51.100.1");
        assert_eq!(who(&one, "10.1.2.3:7", "x-forwarded-for", &["203.0.113.9"]), "203.0.113.9");
        // The other header is the client's own.
        assert_eq!(who(&one, "10.1.2.3:7", "forwarded", &["for=203.0.113.9"]), "10.1.2.3");
        // A mapped address is the address.
        assert_eq!(
            who(&one, "[::ffff:10.1.2.3]:7", "x-forwarded-for", &["::ffff:203.0.113.9"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_right_most_that_is_no_proxy_counts() {
        let two = proxies(&["10.0.0.0/8", "192.0.2.0/24"], ForwardedBy::XForwardedFor);
        let asks = |lines: &[&str]| who(&two, "10.1.2.3:7", "x-forwarded-for", lines);
        // What stands to the left of it was there before: anybody may have written it.
        assert_eq!(asks(&["1.1.1.1, 203.0.113.9, 192.0.2.7"]), "203.0.113.9");
        assert_eq!(asks(&["1.1.1.1", "203.0.113.9", "192.0.2.7"]), "203.0.113.9");
        assert_eq!(asks(&["192.0.2.7, 192.0.2.8"]), "192.0.2.7");
        assert_eq!(asks(&["203.0.113.9:4711"]), "203.0.113.9");
        // What is no address ends the way: whoever wrote it is who we know.
        for odd in ["unknown", "", "203.0.113.9, unknown", "evil.test", "1.2.3"] {
            assert_eq!(asks(&[odd]), "10.1.2.3", "{odd}");
        }
    }

    #[test]
    fn rfc_7239_is_read_where_it_is_written() {
        let one = proxies(&["10.0.0.0/8", "2001:db8:1::/48"], ForwardedBy::Forwarded);
        let asks = |lines: &[&str]| who(&one, "10.1.2.3:7", "forwarded", lines);
        assert_eq!(asks(&["for=203.0.113.9;proto=https;by=10.1.2.3"]), "203.0.113.9");
        assert_eq!(asks(&[r#"for=1.1.1.1, For="[2001:db8:cafe::17]:4711""#]), "2001:db8:cafe::17");
        assert_eq!(asks(&[r#"for=203.0.113.9, for="[2001:db8:1::5]";host="a,b""#]), "203.0.113.9");
        for odd in ["for=_hidden", "for=unknown", "proto=http", "for", r#"for="a,b"#] {
            assert_eq!(asks(&[odd]), "10.1.2.3", "{odd}");
        }
        assert_eq!(who(&one, "10.1.2.3:7", "x-forwarded-for", &["203.0.113.9"]), "10.1.2.3");
    }

    #[test]
    fn this_machine_is_not_counted_and_a_household_is_one() {
        let at = |ip: &str| ClientAddress { ip: Some(ip.parse().unwrap()), is_local: false }.counted();
        assert_eq!((at("127.0.0.1"), at("::1")), (None, None));
        assert_eq!(at("2001:db8:0:1::1"), at("2001:db8:0:1:ffff::2"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_ne!(at("203.0.113.9"), at("203.0.113.10"));
        assert_eq!(ClientAddress::default().counted(), None);
    }
}
