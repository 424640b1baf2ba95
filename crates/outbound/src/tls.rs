//! TLS as everybody does it, with one thing more: until when the certificate of the other side holds is noted, also when it is refused.
//! Roots are those of the machine and, where it has none, those that browsers ship.

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::sync::{Arc, Mutex};

/// What is noted of one connection: seconds since 1970 at which the certificate ends.
pub(crate) type Noted = Arc<Mutex<Option<i64>>>;

/// The roots that are believed.
pub(crate) fn verifier(more: &[CertificateDer<'static>]) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(more.iter().cloned());
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
        .build()
        .map_err(|error| error.to_string())
}

/// The settings of one connection, and where its certificate's end is noted.
pub(crate) fn config(verifier: &Arc<WebPkiServerVerifier>) -> Result<(Arc<ClientConfig>, Noted), Error> {
    let noted = Noted::default();
    let noting = Noting { inner: verifier.clone(), noted: noted.clone() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(noting))
        .with_no_client_auth();
    Ok((Arc::new(config), noted))
}

/// Notes, and leaves the judgement to the one inside.
#[derive(Debug)]
struct Noting {
    inner: Arc<WebPkiServerVerifier>,
    noted: Noted,
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = ends(end);
        self.inner.verify_server_cert(end, between, name, ocsp, now)
    }
    fn verify_tls12_signature(
        &self,
        said: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(said, cert, signed)
    }
    fn verify_tls13_signature(
        &self,
        said: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(said, cert, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// When a certificate ends: the second time of its validity. Reads only as much of the DER as it takes to get there.
fn ends(certificate: &[u8]) -> Option<i64> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&0xA0) {
        rest = element(rest)?.2;
    }
    // Serial number, algorithm, issuer; then the validity.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (tag, time, _) = element(element(validity)?.2)?;
    seconds(tag, std::str::from_utf8(time).ok()?)
}

/// Tag, content, and what comes after.
fn element(from: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = from.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let bytes = usize::from(*first & 0x7f);
        let (bytes, rest) = rest.split_at_checked(bytes).filter(|_| bytes <= 4)?;
        (bytes.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// `YYMMDDhhmmssZ` (tag 0x17) or `YYYYMMDDhhmmssZ` (tag 0x18) as seconds since 1970.
fn seconds(tag: u8, text: &str) -> Option<i64> {
    let number = |at: usize, long: usize| text.get(at..at + long)?.parse::<i64>().ok();
    let (year, at) = match tag {
        0x17 => (number(0, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?, 2),
        0x18 => (number(0, 4)?, 4),
        _ => return None,
    };
    let (month, day) = (number(at, 2)?, number(at + 2, 2)?);
    let (hour, minute, second) = (number(at + 4, 2)?, number(at + 6, 2)?, number(at + 8, 2)?);
    // Days since 1970 of a date, by counting years from March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_of_certificates() {
        assert_eq!(seconds(0x17, "700101000000Z"), Some(0));
        assert_eq!(seconds(0x17, "261126110434Z"), Some(1_795_691_074));
        assert_eq!(seconds(0x18, "20500229000000Z"), seconds(0x18, "20500301000000Z"));
        assert_eq!((seconds(0x17, "short"), seconds(0x02, "261126110434Z")), (None, None));
    }
}
