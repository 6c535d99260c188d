//! The real Cargo: the same source gives the same image wherever it is, and is built only when it changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::Path;

use image::{Made, Settings, Source, Workshop};

/// A workspace of a service and a library, that keeps where it was built in every way a program may.
fn workspace(root: &Path) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"api\", \"lib\", \"other\"]\n");
    let package = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\nlicense = \"MIT/Apache-2.0\"\n{rest}"
        )
    };
    write(
        "api/Cargo.toml",
        &package(
            "api",
            "[[bin]]\nname = \"data-api\"\npath = \"src/main.rs\"\n[dependencies]\nlib = { path = \"../lib\" }\n",
        ),
    );
    write("api/src/main.rs", "fn main() { println!(\"{} {}\", lib::place(), file!()); lib::fail() }\n");
    write("api/tests/it.rs", "");
    write("lib/Cargo.toml", &package("lib", ""));
    write(
        "lib/src/lib.rs",
        "pub fn place() -> &'static str { std::panic::Location::caller().file() }\npub fn fail() { panic!(\"{}\", line!()) }\n",
    );
    write("other/Cargo.toml", &package("other", ""));
    write("other/src/lib.rs", "");
    let lock = ["api", "lib", "other"].map(|it| {
        let more = if it == "api" { "dependencies = [\n \"lib\",\n]\n" } else { "" };
        format!("[[package]]\nname = \"{it}\"\nversion = \"1.2.3\"\n{more}")
    });
    write("Cargo.lock", &format!("version = 4\n\n{}", lock.join("\n")));
    // So that this test's own settings do not get in.
    write(".cargo/config.toml", "[build]\ntarget-dir = \"target\"\n");
}

fn make(root: &Path, force: bool) -> Made {
    let settings = Settings::default();
    let source = Source { folder: root.to_owned(), settings };
    Workshop::at(root.join(".stack/images")).make(&source, "latest", None, force, &|_| {}).unwrap()
}

#[test]
fn the_same_source_is_the_same_image_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("some/where else/b"));
    workspace(&a);
    workspace(&b);
    let (first, second) = (make(&a, false), make(&b, false));
    assert!(first.built && second.built);
    assert_eq!(first.fingerprint, second.fingerprint);
    assert_eq!(first.image.digest(), second.image.digest());
    assert_eq!(first.image.attached, second.image.attached);
    let layer = &first.image.layers[1].bytes[..];
    let mut tar = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(layer), &mut tar).unwrap();
    let place = folder.path().to_str().unwrap().as_bytes();
    assert!(!tar.windows(place.len()).any(|it| it == place), "the binary says where it was built");

    let sbom: serde_json::Value = serde_json::from_slice(&first.image.attached[0].content.bytes).unwrap();
    let packages = sbom["packages"].as_array().unwrap();
    let names: Vec<&str> = packages.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["api", "lib"], "{sbom:#}");
    assert!(!names.contains(&"other"), "{sbom:#}");
    assert_eq!(packages[0]["licenseDeclared"], "MIT OR Apache-2.0");

    // Nothing changed: nothing is built.
    let again = make(&a, false);
    assert!(!again.built);
    assert_eq!(again.image.digest(), first.image.digest());
    // What the binary is not made of does not count, and what it is made of does.
    let source = Source { folder: a.clone(), settings: Settings::default() };
    for apart in ["api/tests/it.rs", "other/src/lib.rs"] {
        fs::write(a.join(apart), "// changed\n").unwrap();
        assert_eq!(source.fingerprint().unwrap(), first.fingerprint, "{apart}");
    }
    for part in ["api/src/main.rs", "lib/src/lib.rs", "Cargo.toml"] {
        let before = fs::read_to_string(a.join(part)).unwrap();
        fs::write(a.join(part), format!("{before}\n")).unwrap();
        assert_ne!(source.fingerprint().unwrap(), first.fingerprint, "{part}");
        fs::write(a.join(part), before).unwrap();
    }
    let labelled = Settings { labels: [("a".to_owned(), "b".to_owned())].into(), ..Settings::default() };
    let labelled = Source { settings: labelled, ..source.clone() };
    assert_ne!(labelled.fingerprint().unwrap(), first.fingerprint);
    // A layout that is gone, or a note that is nonsense, is built again, to the same bytes.
    fs::remove_dir_all(first.layout.folder()).unwrap();
    let again = make(&a, false);
    assert!(again.built);
    fs::write(a.join(".stack/images/state.json"), "{").unwrap();
    let again = make(&a, false);
    assert!(again.built);
    assert_eq!(again.image.digest(), first.image.digest());
}

#[test]
fn what_cannot_be_built_is_said() {
    #[track_caller]
    fn check(root: &Path, settings: Settings, says: &str, hints: &str) {
        let source = Source { folder: root.to_owned(), settings };
        let made = Workshop::at(root.join("images")).make(&source, "latest", None, false, &|_| {});
        let error = made.unwrap_err();
        let (text, hint) = (error.to_string(), error.hint().unwrap_or_default());
        assert!(text.contains(says) && hint.contains(hints), "{text}\nhint: {hint}");
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let with = |package: &str, bin: &str, target: Option<&str>| Settings {
        package: package.to_owned(),
        bin: bin.to_owned(),
        target: target.map(str::to_owned),
        ..Settings::default()
    };
    check(root, with("web", "web", None), "has no package web", "--package");
    check(root, with("api", "web", None), "no binary web", "it has data-api");
    check(
        root,
        with("api", "data-api", Some("sparc-sun-solaris")),
        "cannot build for sparc",
        "rustup target add",
    );
    fs::write(root.join("api/src/main.rs"), "fn main() { let x: u8 = \"\"; }\n").unwrap();
    check(
        root,
        with("api", "data-api", None),
        "`cargo build --profile image -p api` failed: mismatched types",
        "",
    );
    fs::write(root.join("Cargo.lock"), "version = 4\n").unwrap();
    check(root, with("api", "data-api", None), "lock file", "cargo update --workspace");
}
