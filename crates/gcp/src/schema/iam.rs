//! Written by scripts/schema.py from Google's description of iam v1, revision 20261023: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// iam v1, AuditConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditConfig {
    /// A list. iam v1, AuditConfig.auditLogConfigs.
    pub audit_log_configs: Vec<AuditLogConfig>,
    /// Text. iam v1, AuditConfig.service.
    pub service: Input<String>,
}

pub static AUDIT_CONFIG: Message = Message {
    name: "AuditConfig",
    fields: &[
        Field {
            name: "auditLogConfigs",
            shape: Shape::List(&Shape::Message(&AUDIT_LOG_CONFIG)),
            output: false,
        },
        Field { name: "service", shape: Shape::Text, output: false },
    ],
};

/// iam v1, AuditLogConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLogConfig {
    /// A list. iam v1, AuditLogConfig.exemptedMembers.
    pub exempted_members: Vec<Input<String>>,
    /// One of a list. iam v1, AuditLogConfig.logType.
    pub log_type: Input<LogType>,
}

pub static AUDIT_LOG_CONFIG: Message = Message {
    name: "AuditLogConfig",
    fields: &[
        Field { name: "exemptedMembers", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "logType", shape: Shape::Enum, output: false },
    ],
};

/// iam v1, Aws.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aws {
    /// Text. iam v1, Aws.accountId.
    pub account_id: Input<String>,
}

pub static AWS: Message =
    Message { name: "Aws", fields: &[Field { name: "accountId", shape: Shape::Text, output: false }] };

/// iam v1, Binding.
pub static BINDING: Message = Message {
    name: "Binding",
    fields: &[
        Field { name: "condition", shape: Shape::Message(&EXPR), output: false },
        Field { name: "members", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "role", shape: Shape::Text, output: false },
    ],
};

/// iam v1, Expr.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expr {
    /// Text. iam v1, Expr.description.
    pub description: Input<String>,
    /// Text. iam v1, Expr.expression.
    pub expression: Input<String>,
    /// Text. iam v1, Expr.location.
    pub location: Input<String>,
    /// Text. iam v1, Expr.title.
    pub title: Input<String>,
}

pub static EXPR: Message = Message {
    name: "Expr",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "expression", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "title", shape: Shape::Text, output: false },
    ],
};

/// iam v1, InlineCertificateIssuanceConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineCertificateIssuanceConfig {
    /// A map. iam v1, InlineCertificateIssuanceConfig.caPools.
    pub ca_pools: BTreeMap<String, Input<String>>,
    /// One of a list. iam v1, InlineCertificateIssuanceConfig.keyAlgorithm.
    pub key_algorithm: Input<KeyAlgorithm>,
    /// Seconds. iam v1, InlineCertificateIssuanceConfig.lifetime.
    pub lifetime: Input<Seconds>,
    /// A whole number. iam v1, InlineCertificateIssuanceConfig.rotationWindowPercentage.
    pub rotation_window_percentage: Input<i64>,
    /// True or false. iam v1, InlineCertificateIssuanceConfig.useDefaultSharedCa.
    pub use_default_shared_ca: Input<bool>,
}

pub static INLINE_CERTIFICATE_ISSUANCE_CONFIG: Message = Message {
    name: "InlineCertificateIssuanceConfig",
    fields: &[
        Field { name: "caPools", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "keyAlgorithm", shape: Shape::Enum, output: false },
        Field { name: "lifetime", shape: Shape::Duration, output: false },
        Field { name: "rotationWindowPercentage", shape: Shape::Int, output: false },
        Field { name: "useDefaultSharedCa", shape: Shape::Bool, output: false },
    ],
};

/// iam v1, InlineTrustConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineTrustConfig {
    /// A map. iam v1, InlineTrustConfig.additionalTrustBundles.
    pub additional_trust_bundles: BTreeMap<String, TrustStore>,
}

pub static INLINE_TRUST_CONFIG: Message = Message {
    name: "InlineTrustConfig",
    fields: &[Field {
        name: "additionalTrustBundles",
        shape: Shape::Map(&Shape::Message(&TRUST_STORE)),
        output: false,
    }],
};

/// iam v1, IntermediateCA.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntermediateCa {
    /// Text. iam v1, IntermediateCA.pemCertificate.
    pub pem_certificate: Input<String>,
}

pub static INTERMEDIATE_CA: Message = Message {
    name: "IntermediateCA",
    fields: &[Field { name: "pemCertificate", shape: Shape::Text, output: false }],
};

/// iam v1, Oidc.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Oidc {
    /// A list. iam v1, Oidc.allowedAudiences.
    pub allowed_audiences: Vec<Input<String>>,
    /// Text. iam v1, Oidc.discoveryUri.
    pub discovery_uri: Input<String>,
    /// Text. iam v1, Oidc.issuerUri.
    pub issuer_uri: Input<String>,
    /// Text. iam v1, Oidc.jwksJson.
    pub jwks_json: Input<String>,
}

pub static OIDC: Message = Message {
    name: "Oidc",
    fields: &[
        Field { name: "allowedAudiences", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "discoveryUri", shape: Shape::Text, output: false },
        Field { name: "issuerUri", shape: Shape::Text, output: false },
        Field { name: "jwksJson", shape: Shape::Text, output: false },
    ],
};

/// iam v1, Policy.
pub static POLICY: Message = Message {
    name: "Policy",
    fields: &[
        Field { name: "auditConfigs", shape: Shape::List(&Shape::Message(&AUDIT_CONFIG)), output: false },
        Field { name: "bindings", shape: Shape::List(&Shape::Message(&BINDING)), output: false },
        Field { name: "etag", shape: Shape::Bytes, output: false },
        Field { name: "version", shape: Shape::Int, output: false },
    ],
};

/// iam v1, Saml.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saml {
    /// Text. iam v1, Saml.idpMetadataXml.
    pub idp_metadata_xml: Input<String>,
}

pub static SAML: Message =
    Message { name: "Saml", fields: &[Field { name: "idpMetadataXml", shape: Shape::Text, output: false }] };

/// iam v1, ServiceAccount.
pub static SERVICE_ACCOUNT: Message = Message {
    name: "ServiceAccount",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: true },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "email", shape: Shape::Text, output: true },
        Field { name: "etag", shape: Shape::Bytes, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "oauth2ClientId", shape: Shape::Text, output: true },
        Field { name: "projectId", shape: Shape::Text, output: true },
        Field { name: "uniqueId", shape: Shape::Text, output: true },
    ],
};

/// iam v1, TrustAnchor.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustAnchor {
    /// Text. iam v1, TrustAnchor.pemCertificate.
    pub pem_certificate: Input<String>,
}

pub static TRUST_ANCHOR: Message = Message {
    name: "TrustAnchor",
    fields: &[Field { name: "pemCertificate", shape: Shape::Text, output: false }],
};

/// iam v1, TrustStore.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustStore {
    /// A list. iam v1, TrustStore.intermediateCas.
    pub intermediate_cas: Vec<IntermediateCa>,
    /// A list. iam v1, TrustStore.trustAnchors.
    pub trust_anchors: Vec<TrustAnchor>,
    /// True or false. iam v1, TrustStore.trustDefaultSharedCa.
    pub trust_default_shared_ca: Input<bool>,
}

pub static TRUST_STORE: Message = Message {
    name: "TrustStore",
    fields: &[
        Field {
            name: "intermediateCas",
            shape: Shape::List(&Shape::Message(&INTERMEDIATE_CA)),
            output: false,
        },
        Field { name: "trustAnchors", shape: Shape::List(&Shape::Message(&TRUST_ANCHOR)), output: false },
        Field { name: "trustDefaultSharedCa", shape: Shape::Bool, output: false },
    ],
};

/// iam v1, WorkloadIdentityPool.
pub static WORKLOAD_IDENTITY_POOL: Message = Message {
    name: "WorkloadIdentityPool",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "expireTime", shape: Shape::Timestamp, output: true },
        Field {
            name: "inlineCertificateIssuanceConfig",
            shape: Shape::Message(&INLINE_CERTIFICATE_ISSUANCE_CONFIG),
            output: false,
        },
        Field { name: "inlineTrustConfig", shape: Shape::Message(&INLINE_TRUST_CONFIG), output: false },
        Field { name: "mode", shape: Shape::Enum, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
    ],
};

/// iam v1, WorkloadIdentityPoolProvider.
pub static WORKLOAD_IDENTITY_POOL_PROVIDER: Message = Message {
    name: "WorkloadIdentityPoolProvider",
    fields: &[
        Field { name: "actorProviders", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "attributeCondition", shape: Shape::Text, output: false },
        Field { name: "attributeMapping", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "aws", shape: Shape::Message(&AWS), output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "expireTime", shape: Shape::Timestamp, output: true },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "oidc", shape: Shape::Message(&OIDC), output: false },
        Field { name: "saml", shape: Shape::Message(&SAML), output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "x509", shape: Shape::Message(&X509), output: false },
    ],
};

/// iam v1, X509.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct X509 {
    /// A message. iam v1, X509.trustStore.
    pub trust_store: Option<TrustStore>,
}

pub static X509: Message = Message {
    name: "X509",
    fields: &[Field { name: "trustStore", shape: Shape::Message(&TRUST_STORE), output: false }],
};

/// iam v1, InlineCertificateIssuanceConfig.keyAlgorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum KeyAlgorithm {
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    #[serde(rename = "RSA_3072")]
    Rsa3072,
    #[serde(rename = "RSA_4096")]
    Rsa4096,
    #[serde(rename = "ECDSA_P256")]
    EcdsaP256,
    #[serde(rename = "ECDSA_P384")]
    EcdsaP384,
}

/// iam v1, AuditLogConfig.logType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogType {
    AdminRead,
    DataWrite,
    DataRead,
}

/// iam v1, WorkloadIdentityPool.mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkloadIdentityPoolMode {
    FederationOnly,
    TrustDomain,
    SystemTrustDomain,
}
