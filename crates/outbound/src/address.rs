//! Which addresses may be reached: those of the public internet, and what the configuration allows besides. Every address is judged as
//! what it means, so that an IPv4 address written as IPv6 is judged as IPv4.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Ranges of addresses, as a setting names them. Empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<IpNet>);

impl FromStr for Ranges {
    type Err = String;
    /// A list such as `10.0.0.0/8, 127.0.0.1, fd00::/8`; the error is a sentence.
    fn from_str(text: &str) -> Result<Self, String> {
        let one = |word: &str| {
            let net = word.parse::<IpNet>().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
            net.map_err(|_| format!("\u{201c}{word}\u{201d} is not a range of addresses; write 10.0.0.0/8 or 127.0.0.1"))
        };
        text.split([',', ' ']).filter(|word| !word.is_empty()).map(one).collect::<Result<_, _>>().map(Self)
    }
}

/// Ranges of IPv4 that are not the public internet, and what each is.
const CLOSED_V4: [(&str, &str); 15] = [
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a provider (CGNAT)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "for documentation"),
    ("192.88.99.0/24", "reserved"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "for benchmarks"),
    ("198.51.100.0/24", "for documentation"),
    ("203.0.113.0/24", "for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
];

impl Ranges {
    /// Whether one of them holds this address; an IPv4 address written as IPv6 is the IPv4 address.
    #[must_use]
    pub fn hold(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address) || net.contains(&canonical))
    }
}

/// Ranges that are allowed although they are not public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Ranges);

impl FromStr for Allowed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl Allowed {
    /// The word for why an address may not be reached; `None`: it may.
    #[must_use]
    pub fn closed(&self, address: IpAddr) -> Option<&'static str> {
        let meant = meant(address);
        if self.0.hold(address) || self.0.hold(meant) {
            return None;
        }
        match meant {
            IpAddr::V4(address) => closed_v4(address),
            IpAddr::V6(address) => closed_v6(address),
        }
    }
}

/// The IPv4 address inside an IPv6 address that only carries one: mapped, compatible, NAT64 and 6to4.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let part = six.segments();
    let four = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match part {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => four(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => four(high, low),
        [0x2002, high, low, ..] => four(high, low),
        _ => address,
    }
}

fn closed_v4(address: Ipv4Addr) -> Option<&'static str> {
    let inside = |net: &str| net.parse::<Ipv4Net>().is_ok_and(|net| net.contains(&address));
    CLOSED_V4.iter().find(|(net, _)| inside(net)).map(|(_, what)| *what)
}

fn closed_v6(address: Ipv6Addr) -> Option<&'static str> {
    let inside = |net: &str| net.parse::<Ipv6Net>().is_ok_and(|net| net.contains(&address));
    if address.is_loopback() {
        return Some("loopback");
    }
    let named = [("fe80::/10", "link-local"), ("fc00::/7", "private"), ("ff00::/8", "multicast"), ("2001:db8::/32", "for documentation")];
    if let Some((_, what)) = named.iter().find(|(net, _)| inside(net)) {
        return Some(what);
    }
    // Everything that is given out publicly begins with these three bits; Teredo carries an address nobody can judge.
    (!inside("2000::/3") || inside("2001::/23")).then_some("reserved")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(address: &str) -> Option<&'static str> {
        Allowed::default().closed(address.parse().expect("an address"))
    }

    #[test]
    fn what_is_not_public_is_closed_however_it_is_written() {
        for address in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
            "::ffff:0:7f00:1",
        ] {
            assert!(closed(address).is_some(), "{address}");
        }
    }

    #[test]
    fn what_is_public_is_open() {
        for address in
            ["1.1.1.1", "9.9.9.9", "172.32.0.1", "100.128.0.1", "192.167.1.1", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1"]
        {
            assert_eq!(closed(address), None, "{address}");
        }
    }

    #[test]
    fn what_is_allowed_is_open_and_nothing_beside_it() {
        let allowed: Allowed = "127.0.0.0/8, 10.1.0.0/16 fd00::/8".parse().expect("a list");
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd12::1"] {
            assert_eq!(allowed.closed(address.parse().expect("an address")), None, "{address}");
        }
        for address in ["10.2.0.1", "::1", "169.254.169.254", "fe80::1"] {
            assert!(allowed.closed(address.parse().expect("an address")).is_some(), "{address}");
        }
        assert!("10.0.0.0/33".parse::<Allowed>().expect_err("no range").contains("10.0.0.0/33"));
    }
}
