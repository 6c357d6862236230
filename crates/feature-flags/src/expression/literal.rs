//! Values written in an expression.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::Pattern;
use crate::context::Timestamp;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// Checked to be a version when it was read.
    Version(String),
    Time(Timestamp),
    Network(Network),
    Pattern(Pattern),
}

impl Literal {
    /// The word for what the literal can be compared with.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "number",
            Self::Text(_) | Self::Pattern(_) => "text",
            Self::Version(_) => "version",
            Self::Time(_) => "time",
            Self::Network(_) => "IP address",
        }
    }
}

/// As it is written in an expression.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            // Always with a point, so that it is read back as what it was.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => super::print::quoted(f, text),
            Self::Version(text) => write!(f, "v\"{text}\""),
            Self::Time(time) => write!(f, "t\"{time}\""),
            Self::Network(network) => write!(f, "ip\"{network}\""),
            Self::Pattern(pattern) => super::print::quoted(f, pattern.source()),
        }
    }
}

/// A network of addresses that share their first bits, `10.0.0.0/8`, or a single address.
///
/// Addresses of version 4 are kept as the part of version 6 that stands for them, so that both forms compare alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => (address, Some(prefix)),
            Some(_) => return None,
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        (prefix <= bits).then_some(Self { address, prefix })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let shared = if self.address.is_ipv4() { 96 + u32::from(self.prefix) } else { u32::from(self.prefix) };
        let different = bits(self.address) ^ bits(address);
        different.leading_zeros() >= shared
    }
}

fn bits(address: IpAddr) -> u128 {
    let address: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    address.to_bits()
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = if self.address.is_ipv4() { 32 } else { 128 };
        write!(f, "{}", self.address)?;
        if self.prefix == single { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_holds_the_addresses_that_share_its_prefix() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.6"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::1"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        assert!(Network::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "::/129", "host"] {
            assert!(Network::parse(text).is_none(), "{text}");
        }
    }
}
