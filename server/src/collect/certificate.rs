//! The certificate people meet at the public URL: until when it holds. Not in here: whether a browser trusts who signed it.

use domain::{At, Fact, PartStatus, Reading};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    io::Write,
    net::{TcpStream, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(4);
/// Days before its end at which somebody should look, and at which it is nearly too late.
const DAYS: (i64, i64) = (21, 3);

/// Connects and looks.
pub(super) fn read(url: &str) -> Result<Reading, String> {
    let authority = url.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']).to_owned();
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(443);
    let said = |error: &dyn std::fmt::Display| format!("The certificate of {host} cannot be read: {error}.");
    let certificate = meet(&host, port).map_err(|error| said(&*error))?;
    let until = ends(&certificate).ok_or_else(|| said(&"it does not say until when it holds"))?;
    Ok(judged(&host, until, crate::edge::now()))
}

fn judged(host: &str, until: At, now: At) -> Reading {
    let days = until.secs_since(now).div_euclid(86_400);
    let facts = vec![Fact::text("host", host), Fact::number("days left", days, "days"), Fact::text("holds until", until.to_string())];
    let reading = Reading::of(&format!("the handshake with {host}"), facts);
    match days {
        ..0 => reading.but(PartStatus::Fail, format!("The certificate of {host} has run out: browsers refuse it.")),
        left if left < DAYS.1 => reading.but(PartStatus::Fail, format!("The certificate of {host} runs out in {left} days.")),
        left if left < DAYS.0 => reading.but(PartStatus::Warn, format!("The certificate of {host} runs out in {left} days.")),
        _ => reading,
    }
}

fn meet(host: &str, port: u16) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let address = (host, port).to_socket_addrs()?.next().ok_or("it has no address")?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let provider = Arc::new(ring::default_provider());
    let seen = Arc::new(Seen { provider: provider.clone(), certificate: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?;
    connection.complete_io(&mut stream)?;
    connection.send_close_notify();
    connection.write_tls(&mut stream).ok();
    stream.flush().ok();
    let certificate = std::mem::take(&mut *seen.certificate.lock().unwrap_or_else(PoisonError::into_inner));
    if certificate.is_empty() { Err("it showed none".into()) } else { Ok(certificate) }
}

/// Keeps the certificate and believes it: nothing is sent over this connection, and one that has run out is what is looked for.
#[derive(Debug)]
struct Seen {
    provider: Arc<CryptoProvider>,
    certificate: Mutex<Vec<u8>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = certificate.to_vec();
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// `notAfter` of a certificate: Certificate → TBSCertificate → [version], serial, algorithm, issuer, validity → its second time (RFC 5280).
fn ends(certificate: &[u8]) -> Option<At> {
    let (_, whole, _) = element(certificate)?;
    let (_, mut rest, _) = element(whole)?;
    if rest.first() == Some(&0xA0) {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, after_first) = element(validity)?;
    let (tag, time, _) = element(after_first)?;
    let text = std::str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let digits = match tag {
        // Two digits of the year: 50 to 99 are of the last century.
        0x17 if text.get(..2)?.parse::<u8>().ok()? < 50 => format!("20{text}"),
        0x17 => format!("19{text}"),
        _ => text.to_owned(),
    };
    let part = |from: usize, to: usize| digits.get(from..to);
    let rfc3339 = format!("{}-{}-{}T{}:{}:{}Z", part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?);
    rfc3339.parse().ok()
}

/// The first element of some DER: tag, content, what comes after.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let bytes = usize::from(first & 0x7F);
        let (length, rest) = rest.split_at_checked(bytes).filter(|_| (1..=4).contains(&bytes))?;
        (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}
