//! `config.yaml`.

use castoff::{
    model::{PersistentUuid, VeeaArch, VeeaRecipe},
    recipe::veea::{self, NodeType, Port, Protocol},
};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{CONFIG, Directory, told, with};

#[test]
fn all_that_a_directory_says_is_read() {
    let project = Directory::new(CONFIG).project();
    assert_eq!(project.config.app, "vh_dbus");
    assert_eq!(project.config.version, "1.0.1");
    assert_eq!(project.config.node_types, [NodeType::Men, NodeType::Mn]);
    let arches: Vec<VeeaArch> = project.arches().collect();
    assert_eq!(arches, [VeeaArch::Arm32v7, VeeaArch::Arm64v8]);
    assert_eq!(project.reference(VeeaArch::Arm32v7), "vh_dbus-arm32v7:1.0.1");
    assert_eq!(project.warnings, [""; 0]);
}

#[test]
fn a_version_that_looks_like_a_number_stays_as_it_is_written() {
    for version in ["1.0", "2", "1e5", "0x10", "1_0.0"] {
        let project = Directory::new(&with("version: 1.0.1", &format!("version: {version}")));
        assert_eq!(project.project().config.version, version);
    }
}

#[test]
fn keys_without_a_value_say_nothing() {
    let config = with("node_types:\n    - MEN\n    - MN", "node_types: [MN]");
    let config = config.replace("devices: []", "devices:").replace("publish: []", "publish: ~");
    let project = Directory::new(&config).project();
    assert_eq!(project.config.node_types, [NodeType::Mn]);
    assert!(project.config.devices.is_empty() && project.config.ports.is_empty());
}

#[test]
fn a_key_that_nobody_knows_is_told_and_does_no_harm() {
    let project = Directory::new(&with("unauth_host", "unauth_hosts")).project();
    let warning = "config.yaml: unknown key `docker.secure.label.unauth_hosts`";
    assert!(project.warnings[0].ends_with(warning), "{:?}", project.warnings);
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_line() {
    let config = CONFIG
        .replace("app: vh_dbus", "app: VH/dbus")
        .replace("- MN", "- MX")
        .replace("- iesv0.9", "- iesv0.8")
        .replace("arm64v8:", "arm64:")
        .replace("version: 1.0.1", "version: a b")
        .replace("publish: []", "publish: ['9500', '80:80/sctp', '80:8080', '80:81', '0:1']")
        .replace("devices: []", "devices: [DEV:OWNED:bluetooth, 'DEV:SHARED:']")
        .replace("FFFFFFFF-A180", "00000033-A180")
        .replace("version: 3", "version: 2");
    assert_snapshot!(Directory::new(&config).wrong());
}

#[test]
fn a_file_that_says_nothing_lacks_everything() {
    assert_snapshot!(Directory::new("{}").wrong());
}

#[test]
fn what_is_no_yaml_is_refused_with_its_line() {
    let wrong = Directory::new("app: [\nversion: 3\n").wrong();
    assert!(wrong.contains("config.yaml:"), "{wrong}");
    let directory = Directory::new(CONFIG);
    std::fs::remove_file(directory.path().join("config.yaml")).unwrap();
    assert!(directory.wrong().starts_with("config.yaml"), "{}", directory.wrong());
}

#[test]
fn an_architecture_that_the_image_is_not_for_is_refused() {
    let project = Directory::new(CONFIG).project();
    let refused = project.refuse_other(VeeaArch::Amd64).unwrap_err();
    let expected = "ERROR: Architecture 'amd64' is not valid for this image.";
    assert_eq!(refused.causes, [expected]);
    assert_eq!(castoff::error::advice(&refused).unwrap(), "config.yaml has arm32v7, arm64v8");
}

#[test]
fn a_release_for_a_partner_has_the_digits_of_the_partner() {
    let directory = Directory::new(CONFIG);
    let authorised = veea::read(&directory.partner()).unwrap().uuid().to_string();
    assert_eq!(authorised, "00000033-A180-4F25-B6F9-F9439C533890");
    let unauthorised = directory.project().uuid().to_string();
    assert_eq!(unauthorised, "FFFFFFFF-A180-4F25-B6F9-F9439C533890");
    let folder = |unauth| {
        let recipe = VeeaRecipe { unauth, ..directory.partner() };
        veea::read(&recipe).unwrap().folders.build
    };
    assert_eq!(folder(false), directory.path().join("build/auth"));
    assert_eq!(folder(true), directory.path().join("build/unauth"));
}

#[test]
fn a_certificate_that_is_none_and_a_partner_without_name_are_refused() {
    let directory = Directory::new(CONFIG);
    let recipe = directory.partner();
    let certificate = recipe.certificate.clone().unwrap();
    let refused = |recipe: &VeeaRecipe| told(&veea::read(recipe).unwrap_err(), directory.path());
    std::fs::rename(&certificate, directory.path().join("other.pem")).unwrap();
    assert_snapshot!(refused(&recipe), @"ERROR: keys/veea-partner-00000033-cert.pem does not exist.");
    let unnamed =
        VeeaRecipe { certificate: Some(directory.path().join("other.pem")), ..recipe.clone() };
    assert_snapshot!(refused(&unnamed), @"No partner ID found. Please use --unauth.");
    std::fs::write(&certificate, "no certificate").unwrap();
    assert!(refused(&recipe).contains("not a certificate in PEM"), "{}", refused(&recipe));
}

#[test]
fn what_lies_beside_the_certificate_goes_into_labels_if_it_is_the_partners() {
    let directory = Directory::new(CONFIG);
    let recipe = directory.partner();
    let line = "PARTNER;00000033;20260101,20270101;key;sum;server;signature";
    directory.write("keys/veea-partner-00000033-identifier", &format!("{line}\n"));
    let project = veea::read(&recipe).unwrap();
    assert_eq!(project.partner.as_ref().unwrap().identifier.as_deref(), Some(line));
    let names: Vec<String> = project.labels().into_iter().map(|label| label.name).collect();
    assert!(names.contains(&"com.veea.authentication.identifier".to_owned()));
    directory.write("keys/veea-partner-00000033-identifier", &line.replace("33", "34"));
    assert!(veea::read(&recipe).is_err());
}

#[test]
fn a_device_without_a_licence_is_refused_and_one_with_a_licence_is_labelled() {
    let config = with("devices: []", "devices: ['DEV:EXCLUSIVE:bluetooth', 'DEV:SHARED:gpio']");
    let config = config.replace("licenses: []", "licenses: [licenses]");
    let config = config.replace("    features: []", "    features: [mesh, camera]");
    let config = config.replace("partner_features: []", "partner_features: [mesh]");
    let directory = Directory::new(&config);
    let recipe = directory.partner();
    let refused = || told(&veea::read(&recipe).unwrap_err(), directory.path());
    assert_snapshot!(refused(), @"ERROR: licenses does not exist.");
    directory.write("licenses/a.lic", "LICENSE;00000033;DEV:EXCLUSIVE:bluetooth;sig\n");
    assert_snapshot!(refused(), @r"
    ERROR: Unable to find a license for DEV:SHARED:gpio
    ERROR: Unable to find a license for camera
    ERROR: Missing licenses...aborting
    ");
    directory.write("licenses/b.lic", "LICENSE\nDEV:SHARED:gpio\ncamera\n");
    let project = veea::read(&recipe).unwrap();
    let value = |name: &str| {
        let all = project.labels_for(VeeaArch::Arm32v7);
        all.into_iter().find(|(known, _)| known.ends_with(name)).map(|(_, value)| value)
    };
    assert_eq!(value("license1").unwrap(), "LICENSE;00000033;DEV:EXCLUSIVE:bluetooth;sig");
    assert_eq!(value("license2").unwrap(), "TElDRU5TRQpERVY6U0hBUkVEOmdwaW8KY2FtZXJhCg==");
    assert_eq!(value("license3"), None);
    // What nobody vouches for needs none.
    assert!(directory.read().is_ok());
}

#[test]
fn options_of_the_build_are_understood_or_refused() {
    let options = |options: &str| {
        Directory::new(&with("build_opts: ''", &format!("build_opts: {options:?}")))
    };
    let given = "--build-arg A='b c' --label x=y --target release --network none --no-cache";
    let blueprint = options(given).project().blueprint().unwrap();
    assert_eq!(blueprint.labels, [("x".to_owned(), "y".to_owned())]);
    assert_eq!(blueprint.target.as_deref(), Some("release"));
    assert!(!blueprint.network && !blueprint.cache);
    let args = &blueprint.for_platforms[0].args;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(*args, [pair("ARCH", "arm32v7"), pair("A", "b c")]);
    assert_snapshot!(options("--squash").wrong(), @"config.yaml: docker.build_opts: `--squash` \
                                                    is not supported");
    assert_snapshot!(options("--build-arg A").wrong(), @"config.yaml: docker.build_opts: `--build-arg` has no value");
    assert_snapshot!(options("--label 'x").wrong(), @"config.yaml: docker.build_opts: a quote is not closed");
    let own = with("build_opts: ''", "build_opts_arm64v8: --build-arg B=1\n    build_opts: ''");
    let blueprint = Directory::new(&own).project().blueprint().unwrap();
    assert_eq!(blueprint.for_platforms[0].args, [pair("ARCH", "arm32v7")]);
    assert_eq!(blueprint.for_platforms[1].args, [pair("ARCH", "arm64v8"), pair("B", "1")]);
}

#[test]
fn the_command_of_a_build_is_shown_as_the_vendors_tool_does() {
    let directory = Directory::new(&with("build_opts: ''", "build_opts: '--build-arg A=1'"));
    let shown = |no_cache| {
        let recipe = VeeaRecipe { no_cache, ..directory.recipe() };
        let command = veea::read(&recipe).unwrap().docker_command(VeeaArch::Arm32v7);
        command.replace(&directory.path().display().to_string(), "DIR")
    };
    assert_snapshot!(shown(false), @"docker build  --build-arg ARCH=arm32v7 --build-arg A=1 -t vh_dbus-arm32v7:1.0.1 -f DIR/build/unauth/Dockerfile DIR");
    assert_snapshot!(shown(true), @"docker build  --no-cache --build-arg ARCH=arm32v7 --build-arg A=1 -t vh_dbus-arm32v7:1.0.1 -f DIR/build/unauth/Dockerfile DIR");
}

proptest! {
    #[test]
    fn a_port_is_read_as_it_is_written(published in 1u16.., target in 1u16.., udp: bool) {
        let end = if udp { "/udp" } else { "" };
        let port: Port = format!("{published}:{target}{end}").parse().unwrap();
        let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
        prop_assert_eq!(port, Port { published, target, protocol });
    }

    #[test]
    fn no_text_makes_the_reader_of_a_configuration_panic(text in "\\PC{0,200}") {
        let _ = Directory::new(&text).read();
    }

    #[test]
    fn a_partner_changes_nothing_of_an_identity_but_its_first_digits(bytes: [u8; 16]) {
        let uuid = PersistentUuid::of_random(bytes);
        let authorised = uuid.authorised("00000033".parse().unwrap()).to_string();
        prop_assert_eq!(&uuid.to_string()[8..], &authorised[8..]);
        prop_assert!(authorised.starts_with("00000033"));
    }
}
