//! The certificate authorities that Mozilla trusts, as the file that TLS libraries look for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// `ca-certificates.crt`: PEM, one after the other.
pub fn pem() -> String {
    let mut out = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let text = STANDARD.encode(certificate.as_ref());
        out.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            out.push_str(line);
            out.push('\n');
            rest = more;
        }
        out.push_str("-----END CERTIFICATE-----\n");
    }
    out
}
