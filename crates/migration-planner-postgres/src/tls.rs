//! Encrypted connections, by rustls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::encryption::{Encryption, Mode, Roots};
use crate::error::{DatabaseError, Said};

/// What makes connections encrypted, as the address asks; `None` where they are not to be.
pub(crate) fn connector(encryption: &Encryption) -> Result<Option<MakeRustlsConnect>, DatabaseError> {
    if encryption.mode == Mode::Disable {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let trusted = match encryption.mode {
        Mode::VerifyCa | Mode::VerifyFull => Some(Trusted::of(encryption.roots.as_ref())?),
        _ => None,
    };
    let asks = Asks { trusted, name: encryption.mode == Mode::VerifyFull, provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the ciphers of these versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(asks));
    let config = match &encryption.own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates("sslcert", certificate)?;
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("sslkey", key, &error))?;
            builder.with_client_auth_cert(chain, private).map_err(|error| unusable("sslkey", key, &error))?
        }
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn unusable(parameter: &'static str, path: &Path, why: &dyn std::fmt::Display) -> DatabaseError {
    let said = format!("{}: {why}", path.display());
    DatabaseError::BadCertificate { parameter, source: Box::new(Said::new(&said)) }
}

/// All certificates in a file, of which there is at least one.
fn certificates(parameter: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(unusable(parameter, path, &"there is no certificate in it")),
        Ok(found) => Ok(found),
        Err(error) => Err(unusable(parameter, path, &error)),
    }
}

/// Whose certificates are trusted.
#[derive(Debug)]
struct Trusted {
    roots: RootCertStore,
    /// The certificates themselves, one of which may be the server's own.
    given: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn of(roots: Option<&Roots>) -> Result<Self, DatabaseError> {
        let (given, path) = match roots {
            Some(Roots::System) => {
                let found = rustls_native_certs::load_native_certs();
                let why = found.errors.first().map(ToString::to_string);
                (found.certs, PathBuf::from(why.unwrap_or_else(|| "the system".to_owned())))
            }
            Some(Roots::File(path)) => (certificates("sslrootcert", path)?, path.clone()),
            // Where PostgreSQL's own programs look.
            None => {
                let home = std::env::home_dir().unwrap_or_default().join(".postgresql/root.crt");
                if !home.is_file() {
                    let why = "whom to trust is not said: give a file of certificates, or `system`";
                    return Err(unusable("sslrootcert", &home, &why));
                }
                (certificates("sslrootcert", &home)?, home)
            }
        };
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(given.iter().cloned());
        if added == 0 {
            return Err(unusable("sslrootcert", &path, &"no certificate in it can be used"));
        }
        Ok(Self { roots: store, given })
    }
}

/// What is asked of a server.
#[derive(Debug)]
struct Asks {
    /// Whose certificate it has to have; nobody's in particular where this is not said.
    trusted: Option<Trusted>,
    /// Whether the certificate has to be for the name by which it was reached.
    name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Asks {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trusted) = &self.trusted else { return Ok(ServerCertVerified::assertion()) };
        let certificate = ParsedCertificate::try_from(shown)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let signed =
            verify_server_cert_signed_by_trust_anchor(&certificate, &trusted.roots, intermediates, now, algorithms);
        match signed {
            Ok(()) => {}
            // One that signed itself and may sign others is refused in this place. Whoever trusts that very certificate means it; that
            // it has ended or not begun is told before, and by another error.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_))) if trusted.given.contains(shown) => {}
            Err(error) => return Err(error),
        }
        if self.name {
            verify_server_name(&certificate, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
