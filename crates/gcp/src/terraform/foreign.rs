//! Types that only Terraform's plans have, and what they cost.

use engine::{Bill, Billed, UsageKey};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bill::{Lines, key, logs, metrics, quantity, sku};

/// A type of Terraform's that no kind here stands for, and that is billed all the same.
pub struct Foreign {
    /// `google_kms_crypto_key`.
    pub terraform: &'static str,
    /// What people call it: `key`.
    pub noun: &'static str,
    pub usage: &'static [UsageKey],
    pub bill: fn(&Billed<'_>) -> Bill,
}

const fn log(terraform: &'static str, noun: &'static str, bill: fn(&Billed<'_>) -> Bill) -> Foreign {
    Foreign { terraform, noun, usage: logs::USAGE, bill }
}

pub(super) static FOREIGN: &[Foreign] = &[
    Foreign { terraform: "google_kms_crypto_key", noun: "key", usage: KEY_USAGE, bill: crypto_key },
    Foreign {
        terraform: "google_monitoring_metric_descriptor",
        noun: "metric",
        usage: metrics::USAGE,
        bill: metrics::bill,
    },
    log("google_logging_project_bucket_config", "log bucket", logs::bill),
    log("google_logging_folder_bucket_config", "log bucket", logs::bill),
    log("google_logging_organization_bucket_config", "log bucket", logs::bill),
    log("google_logging_billing_account_bucket_config", "log bucket", logs::bill),
    log("google_logging_folder_sink", "log sink", logs::sink),
    log("google_logging_organization_sink", "log sink", logs::sink),
    log("google_logging_billing_account_sink", "log sink", logs::sink),
];

const VERSIONS: &str = "key_versions";
const OPERATIONS: &str = "monthly_key_operations";

const KEY_USAGE: &[UsageKey] = &[
    key(
        VERSIONS,
        "versions",
        "Enabled or disabled, and not destroyed; what its rotation makes in a month if not said.",
    ),
    key(OPERATIONS, "operations a month", "What is encrypted, decrypted, signed or verified."),
];

/// A key's versions and operations, by what protects it and by its algorithm.
fn crypto_key(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    lines.priced_by(&["/version_template/0/algorithm", "/version_template/0/protection_level"]);
    let template = of.inputs.pointer("/version_template/0");
    let text = |name: &str| template.and_then(|it| it.get(name)).and_then(Value::as_str);
    let algorithm = text("algorithm").unwrap_or("GOOGLE_SYMMETRIC_ENCRYPTION");
    let (version, operation) = match text("protection_level") {
        Some("HSM") => {
            let key = hsm_key(algorithm);
            let operation = match key.as_str() {
                "symmetric" => "HSM symmetric cryptographic operations".to_owned(),
                "MAC" => "HSM cryptographic operations with a MAC key".to_owned(),
                // Google's articles.
                it if it.starts_with("EC") => format!("HSM cryptographic operations with an {it} key"),
                it => format!("HSM cryptographic operations with a {it} key"),
            };
            (format!("Active HSM {key} key versions"), operation)
        }
        Some("EXTERNAL" | "EXTERNAL_VPC") => {
            let kind = kind(algorithm);
            (
                format!("Active external {kind} key versions"),
                format!("External {kind} cryptographic operations"),
            )
        }
        Some("HSM_SINGLE_TENANT") => (
            "Active single tenant HSM key versions".to_owned(),
            "Single tenant HSM cryptographic operations".to_owned(),
        ),
        level => {
            if let Some(level) = level.filter(|it| *it != "SOFTWARE") {
                lines.wrong(format!("{level:?} is no protection level that is known here"));
            }
            let kind = kind(algorithm);
            (
                format!("Active software {kind} key versions"),
                format!("Cryptographic operations with a software {kind} key"),
            )
        }
    };
    let price = |description: String| sku("Cloud Key Management Service (KMS)", description, "global");
    match lines.usage(VERSIONS) {
        Some(_) => lines.metered("Key versions", price(version), "mo", VERSIONS),
        None => {
            lines.counted_by(&["/rotation_period"]);
            let made = versions_made(of.inputs.get("rotation_period"));
            lines.fixed("Key versions", price(version), "mo", made.unwrap_or(Decimal::ONE));
        }
    }
    lines.counted_by(&[]);
    lines.metered("Key operations", price(operation), "count", OPERATIONS);
    lines.bill()
}

/// How many versions a key has after a month of rotations, if nobody destroys one; each further month makes as many
/// more. A key that is rotated more seldom has the one that it begins with.
fn versions_made(period: Option<&Value>) -> Option<Decimal> {
    let seconds = quantity::seconds(period).filter(|it| !it.is_zero())?;
    // Thirty days, as Infracost counts rotations.
    let made = Decimal::from(30 * 86_400).checked_div(seconds)?.round_dp(2);
    Some(made.max(Decimal::ONE))
}

fn kind(algorithm: &str) -> &'static str {
    match algorithm {
        it if it.starts_with("HMAC") => "MAC",
        it if it.contains("SYMMETRIC") || it.starts_with("AES") => "symmetric",
        _ => "asymmetric",
    }
}

/// `RSA 2048 bit`, `ECDSA P-256`: what a key in an HSM is priced by.
fn hsm_key(algorithm: &str) -> String {
    let curves = [("P256", "ECDSA P-256"), ("P384", "ECDSA P-384"), ("SECP256K1", "ECDSA SECP256K1")];
    let sizes = ["2048", "3072", "4096"];
    match kind(algorithm) {
        "asymmetric" => {
            let curve = curves.iter().find(|(name, _)| algorithm.contains(name)).map(|(_, it)| *it);
            let size = sizes.iter().find(|it| algorithm.contains(*it)).map(|it| format!("RSA {it} bit"));
            curve.map(str::to_owned).or(size).unwrap_or_else(|| algorithm.to_owned())
        }
        it => it.to_owned(),
    }
}
