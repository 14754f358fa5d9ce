//! Where deliveries and look-ups may go: public addresses over https, and whatever the operator's allow-list holds.
//! Judged for addresses written in the URL, and again for every address that a name resolves to.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Why a URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// It is no http or https URL.
    #[error("not an http or https address")]
    Invalid,
    /// It leads to an address that is not public, or to a public one without https.
    #[error("only https and public addresses are allowed")]
    Blocked,
}

impl UrlFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_url",
            Self::Blocked => "blocked_address",
        }
    }
}

/// Decides where deliveries may go.
#[derive(Debug, Clone, Default)]
pub struct SsrfGuard {
    /// Addresses that are allowed although they are not public; to these http is allowed as well.
    pub allow: Vec<IpNet>,
}

impl SsrfGuard {
    /// A guard with the operator's allow-list.
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Says whether a connection to the address is allowed.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.lists(address) || is_public(embedded(address))
    }

    fn lists(&self, address: IpAddr) -> bool {
        let (plain, embedded) = (address.to_canonical(), embedded(address));
        self.allow.iter().any(|net| net.contains(&plain) || net.contains(&embedded))
    }

    /// Reads a URL and judges what can be judged without resolving its name.
    ///
    /// # Errors
    /// It is not an http or https URL, or its address is not allowed.
    pub fn check_url(&self, text: &str) -> Result<Url, UrlFault> {
        let url = Url::parse(text).map_err(|_| UrlFault::Invalid)?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(UrlFault::Invalid),
        };
        // `url` has turned decimal, octal and hexadecimal spellings into addresses by now.
        let address = match url.host().ok_or(UrlFault::Invalid)? {
            Host::Ipv4(v4) => IpAddr::V4(v4),
            Host::Ipv6(v6) => IpAddr::V6(v6),
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
                    return Err(UrlFault::Invalid);
                }
                if name != "localhost" && !name.ends_with(".localhost") {
                    // A plain http connection gets a resolver that knows only the allow-list.
                    let hopeless = plain && self.allow.is_empty();
                    return if hopeless { Err(UrlFault::Blocked) } else { Ok(url) };
                }
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            }
        };
        let allowed = if plain { self.lists(address) } else { self.allows(address) };
        if allowed { Ok(url) } else { Err(UrlFault::Blocked) }
    }
}

/// The IPv4 address inside a mapped, a NAT64 or a 6to4 address; else the address itself.
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    let (high, low) = match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => (high, low),
        _ => return address,
    };
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

// The registries of special-purpose addresses (IANA, RFC 6890 and later).
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

// Only 2000::/3 is global unicast; inside it Teredo and other protocols (2001::/23), documentation, 6to4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    (0x2000..=0x3fff).contains(&segments[0])
        && !matches!(segments, [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..])
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResolveFault {
    /// It has addresses, but none that is allowed.
    #[error("the name leads to an address that is not allowed")]
    Blocked,
    /// It has no addresses, or nobody could say.
    #[error("the name could not be resolved")]
    Unknown,
}

/// Resolves names to allowed addresses only. The connection goes to exactly what was judged here, so a name
/// that changes its address in between gains nothing.
pub(crate) struct GuardedResolver {
    pub guard: SsrfGuard,
    /// Drops public addresses too: for plain http.
    pub only_listed: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, only_listed) = (self.guard.clone(), self.only_listed);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found.map_err(|_| ResolveFault::Unknown)?.collect();
            if found.is_empty() {
                return Err(ResolveFault::Unknown.into());
            }
            let allowed = move |ip: IpAddr| if only_listed { guard.lists(ip) } else { guard.allows(ip) };
            let kept: Vec<SocketAddr> = found.into_iter().filter(|addr| allowed(addr.ip())).collect();
            if kept.is_empty() {
                return Err(ResolveFault::Blocked.into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_urls() {
        let guard = SsrfGuard::default();
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://0.0.0.0:5678/",
            "https://10.0.0.8/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.100.100.200/",
            "https://192.0.0.192/",
            "https://198.19.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[64:ff9b:1::1]/",
            "https://[2002:7f00:1::]/",
            "https://[2002:a00:1::1]/",
            "https://[2001:0:1::1]/",
            "https://[2001:db8::1]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://n8n.localhost:5678/",
            "https://user:pass@127.0.0.1/",
            "https://example.com@127.0.0.1/",
            "https://①②⑦.0.0.1/",
            "http://example.com/",
            "http://93.184.215.14/",
        ] {
            assert_eq!(guard.check_url(url), Err(UrlFault::Blocked), "{url}");
        }
        for url in ["", "example.com", "ftp://example.com/", "file:///etc/passwd", "https://", "gopher://x/"]
        {
            assert_eq!(guard.check_url(url), Err(UrlFault::Invalid), "{url}");
        }
        assert_eq!(guard.check_url(&format!("https://{}.com/", "a".repeat(64))), Err(UrlFault::Invalid));
        for url in [
            "https://example.com/webhook/x",
            "https://93.184.215.14/",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
            "https://[64:ff9b::93.184.215.14]/",
            "https://localhost.example.com/",
        ] {
            assert!(guard.check_url(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_allow_list_opens_exactly_what_it_holds() {
        let guard = SsrfGuard::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for url in [
            "http://127.0.0.1:5678/",
            "http://localhost:5678/",
            "https://[::ffff:127.0.0.1]/",
            "http://[fd00::7]/",
            "http://n8n.internal/",
        ] {
            assert!(guard.check_url(url).is_ok(), "{url}");
        }
        for url in
            ["http://10.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/", "http://93.184.215.14/"]
        {
            assert_eq!(guard.check_url(url), Err(UrlFault::Blocked), "{url}");
        }
    }

    #[tokio::test]
    async fn names_are_judged_after_resolving() {
        let resolve = |allow: &[&str], only_listed| {
            let guard = SsrfGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect());
            GuardedResolver { guard, only_listed }.resolve("localhost".parse().unwrap())
        };
        let refused = resolve(&[], false).await.err().unwrap();
        assert!(matches!(refused.downcast_ref(), Some(ResolveFault::Blocked)));
        let kept: Vec<_> = resolve(&["127.0.0.0/8"], true).await.unwrap().collect();
        assert!(!kept.is_empty() && kept.iter().all(|addr| addr.is_ipv4()), "{kept:?}");
    }
}
