//! Makes an image of a binary: the same binary and settings, the same bytes.

use std::collections::BTreeMap;
use std::io;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::elf::{self, Kind};
use crate::image::{Blob, Image};
use crate::layer::{self, Layer};
use crate::oci::{self, Config, History, Manifest, Platform, Process, RootFs};
use crate::sbom::{self, Sbom};
use crate::settings::Settings;

/// Why a binary does not make an image.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{what}")]
    Settings { what: String },
    #[error("{bin} is linked dynamically, and the image has no libraries")]
    Dynamic { bin: String },
    #[error("{bin} is for a processor that images are not built for")]
    Foreign { bin: String },
    #[error("{bin} is not a Linux program")]
    NotLinux { bin: String },
    #[error("a layer cannot be compressed")]
    Compress(#[from] io::Error),
    #[error("the image's documents cannot be written")]
    Json(#[from] serde_json::Error),
}

impl BuildError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            BuildError::Settings { .. } | BuildError::Compress(_) | BuildError::Json(_) => None,
            BuildError::Dynamic { .. } => Some(
                "build it for the musl target, or for gnu with -C target-feature=+crt-static; a crate that links a \
                 shared C library has to link it statically"
                    .to_owned(),
            ),
            BuildError::Foreign { .. } => Some("build it for x86_64 or aarch64".to_owned()),
            BuildError::NotLinux { .. } => {
                Some("pass --target x86_64-unknown-linux-musl, or use the Dockerfile".to_owned())
            }
        }
    }
}

/// An image of a static Linux binary.
///
/// # Errors
/// When the binary would not run in an image that holds nothing else.
pub fn build(binary: &[u8], settings: &Settings, sbom: Option<&Sbom>) -> Result<Image, BuildError> {
    let created = rfc3339(settings.created);
    let labels = labels(settings, sbom, &created);
    let mut image = assemble(&[(&settings.bin, binary)], settings, labels)?;
    if let Some(sbom) = sbom {
        let document = sbom.spdx(&created, image.digest());
        image.attach(Blob::json(sbom::SPDX, &document)?, &created)?;
    }
    Ok(image)
}

/// An image of static Linux programs that are built already, with their bill of materials, an SPDX document. It runs the
/// first.
///
/// # Errors
/// When a program would not run in an image that holds nothing else.
pub fn of_programs(
    programs: &[(String, Vec<u8>)],
    settings: &Settings,
    spdx: Vec<u8>,
) -> Result<Image, BuildError> {
    let created = rfc3339(settings.created);
    let programs: Vec<(&String, &[u8])> = programs.iter().map(|(bin, it)| (bin, &it[..])).collect();
    let mut image = assemble(&programs, settings, labels(settings, None, &created))?;
    image.attach(Blob::new(sbom::SPDX, spdx), &created)?;
    Ok(image)
}

/// The image of programs, the first of which it runs.
fn assemble(
    programs: &[(&String, &[u8])],
    settings: &Settings,
    labels: BTreeMap<String, String>,
) -> Result<Image, BuildError> {
    settings.check().map_err(|what| BuildError::Settings { what })?;
    let mut layers = vec![layer::base(settings.user, settings.created)?];
    let mut architectures = Vec::new();
    for (bin, binary) in programs {
        architectures.push(architecture(bin, binary)?);
        layers.push(layer::binary(bin, binary, settings.created)?);
    }
    let architecture = match architectures.split_first() {
        Some((first, others)) if others.iter().all(|it| it == first) => first.clone(),
        Some(_) => {
            return Err(BuildError::Settings { what: "the programs are for several processors".to_owned() });
        }
        None => return Err(BuildError::Settings { what: "no program is named".to_owned() }),
    };
    let platform = Platform { architecture, os: "linux".to_owned() };
    let created = rfc3339(settings.created);
    let config = Blob::json(oci::CONFIG, &config(settings, &platform, &layers, labels.clone(), &created))?;
    let manifest = Manifest {
        schema_version: 2,
        media_type: oci::MANIFEST.to_owned(),
        artifact_type: None,
        config: config.descriptor(),
        layers: layers.iter().map(|it| it.blob.descriptor()).collect(),
        subject: None,
        annotations: labels,
    };
    Ok(Image {
        manifest: Blob::json(oci::MANIFEST, &manifest)?,
        config,
        layers: layers.into_iter().map(|it| it.blob).collect(),
        attached: Vec::new(),
        platform: Some(platform),
    })
}

/// The processor that a binary is for, in the words of images.
fn architecture(bin: &str, binary: &[u8]) -> Result<String, BuildError> {
    let bin = bin.to_owned();
    match elf::kind(binary) {
        Kind::Static(architecture) => Ok(architecture.as_str().to_owned()),
        Kind::Dynamic => Err(BuildError::Dynamic { bin }),
        Kind::Foreign => Err(BuildError::Foreign { bin }),
        Kind::Other => Err(BuildError::NotLinux { bin }),
    }
}

fn config(
    settings: &Settings,
    platform: &Platform,
    layers: &[Layer],
    labels: BTreeMap<String, String>,
    created: &str,
) -> Config {
    let mut env = BTreeMap::from([
        ("PATH".to_owned(), "/usr/local/bin".to_owned()),
        ("HOME".to_owned(), layer::HOME.to_owned()),
        ("SSL_CERT_FILE".to_owned(), layer::ROOTS.to_owned()),
    ]);
    env.extend(settings.env.clone());
    Config {
        created: created.to_owned(),
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        config: Process {
            // Numbers, so that whoever asks for a user that is not root need not read /etc/passwd.
            user: format!("{0}:{0}", settings.user),
            exposed_ports: BTreeMap::from([(format!("{}/tcp", settings.port), BTreeMap::new())]),
            env: env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            entrypoint: vec![layer::path(&settings.bin)],
            working_dir: layer::HOME.to_owned(),
            labels,
        },
        rootfs: RootFs {
            r#type: "layers".to_owned(),
            diff_ids: layers.iter().map(|it| it.diff_id.clone()).collect(),
        },
        history: layers
            .iter()
            .map(|it| History { created: created.to_owned(), created_by: it.made_by.clone() })
            .collect(),
    }
}

/// `org.opencontainers.image.*` from what is known of the package, and what was asked for.
fn labels(settings: &Settings, sbom: Option<&Sbom>, created: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            labels.insert(format!("org.opencontainers.image.{name}"), value.to_owned());
        }
    };
    put("title", &settings.bin);
    put("created", created);
    if let Some(package) = sbom.and_then(Sbom::root) {
        put("version", &package.version);
        put("description", &package.description);
        put("licenses", &package.license);
        put("source", &package.repository);
    }
    labels.extend(settings.labels.clone());
    labels
}

/// `1970-01-01T00:00:00Z`.
pub fn rfc3339(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|it| OffsetDateTime::from_unix_timestamp(it).ok());
    time.and_then(|it| it.format(&Rfc3339).ok()).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_binary_is_the_same_image() {
        let settings = Settings::default();
        let a = build(&elf::sample(62, 1), &settings, None).unwrap();
        let b = build(&elf::sample(62, 1), &settings, None).unwrap();
        assert_eq!(a, b);
        // Whoever changes what goes into an image changes every image's digest, and should know.
        assert_eq!(a.platform().as_deref(), Some("linux/amd64"));
        let config: Config = serde_json::from_slice(&a.config.bytes).unwrap();
        assert_eq!(config.config.user, "65532:65532");
        assert_eq!(config.config.entrypoint, ["/usr/local/bin/data-api"]);
        assert_eq!(config.created, "1970-01-01T00:00:00Z");
        let arm = build(&elf::sample(183, 1), &settings, None).unwrap();
        assert_ne!(a.digest(), arm.digest());
        let later = build(&elf::sample(62, 1), &Settings { created: 1, ..settings }, None).unwrap();
        assert_ne!(a.digest(), later.digest());
    }

    #[test]
    fn programs_are_a_layer_each_and_of_one_processor() {
        let settings = Settings { bin: "a".to_owned(), ..Settings::default() };
        let of = |a, b| {
            let programs = [("a".to_owned(), elf::sample(a, 1)), ("b".to_owned(), elf::sample(b, 1))];
            of_programs(&programs, &settings, b"{}".to_vec())
        };
        let image = of(62, 62).unwrap();
        let config: Config = serde_json::from_slice(&image.config.bytes).unwrap();
        assert_eq!((image.layers.len(), image.attached.len()), (3, 1));
        assert_eq!(config.config.entrypoint, ["/usr/local/bin/a"]);
        assert!(of(62, 183).unwrap_err().to_string().contains("several processors"));
    }

    #[test]
    fn what_would_not_run_is_refused() {
        let settings = Settings::default();
        let refused = |bytes: &[u8], settings: &Settings| build(bytes, settings, None).unwrap_err();
        assert!(matches!(refused(&elf::sample(62, 3), &settings), BuildError::Dynamic { .. }));
        assert!(matches!(refused(b"MZ", &settings), BuildError::NotLinux { .. }));
        let root = Settings { user: 0, ..Settings::default() };
        assert!(refused(&elf::sample(62, 1), &root).to_string().contains("root"));
        let bin = Settings { bin: "../x".to_owned(), ..Settings::default() };
        assert!(refused(&elf::sample(62, 1), &bin).to_string().contains("not the name of a binary"));
    }
}
