//! Certificates: which are taken, from where, and what is told of the others.

use std::{fs, path::Path, process::Command};

use super::{Lab, hub};
use crate::support::{DockerRegistry, Setup};

const CURVE: &str = "ec_paramgen_curve:prime256v1";

/// A certificate of the authority in `folder` for `name`, valid between two times such as
/// `20200101000000Z`, with its key.
fn certificate(folder: &Path, (name, san): (&str, &str), between: Option<[&str; 2]>) {
    let at = |end: &str| folder.join(format!("{name}.{end}"));
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        let output = command.current_dir(folder).args(arguments).output().expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let path = |end: &str| at(end).display().to_string();
    let subject = format!("/CN={name}");
    let request = ["req", "-newkey", "ec", "-pkeyopt", CURVE, "-nodes", "-subj", &subject];
    openssl(&[&request[..], &["-keyout", &path("key"), "-out", &path("csr")]].concat());
    fs::write(at("ext"), format!("subjectAltName={san}\n")).unwrap();
    let settings = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nserial=serial\n\
                    default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n";
    for (file, text) in [("index", ""), ("serial", "01\n"), ("settings", settings)] {
        fs::write(folder.join(file), text).unwrap();
    }
    let (csr, out, extensions) = (path("csr"), path("pem"), path("ext"));
    let mut sign = vec!["ca", "-batch", "-notext", "-config", "settings", "-cert", "ca.pem"];
    sign.extend(["-keyfile", "ca.key", "-in", &csr, "-out", &out, "-extfile", &extensions]);
    match between {
        Some([from, until]) => sign.extend(["-startdate", from, "-enddate", until]),
        None => sign.extend(["-days", "2"]),
    }
    openssl(&sign);
}

/// An authority of its own in `folder`.
fn authority(folder: &Path) {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", CURVE, "-nodes"]);
    command.args(["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test", "-days", "2"]);
    assert!(command.output().expect("openssl runs").status.success());
}

#[test]
fn a_certificate_that_is_refused_is_told_with_what_to_do_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    authority(folder);
    let here = "IP:127.0.0.1";
    let (past, future) =
        (["20200101000000Z", "20210101000000Z"], ["20400101000000Z", "20410101000000Z"]);
    certificate(folder, ("other", "DNS:other.example"), None);
    certificate(folder, ("past", here), Some(past));
    certificate(folder, ("future", here), Some(future));
    certificate(folder, ("good", here), None);
    for (name, says, does) in [
        ("other", "other.example", "use a host name that is in the server's certificate"),
        ("past", "expired", "renew the server's certificate"),
        ("future", "not valid yet", "set the clock"),
        ("good", "UnknownIssuer", "with `ca = "),
    ] {
        let [certificate, key] = ["pem", "key"].map(|end| folder.join(format!("{name}.{end}")));
        let setup = Setup { certificate: Some((certificate, key)), ..Setup::default() };
        let lab = Lab { registry: DockerRegistry::with(&setup), ..Lab::new() };
        let ca = folder.join("ca.pem");
        let mut arguments = vec!["ls".to_owned(), format!("docker://{}/a", lab.registry.address())];
        if name != "good" {
            arguments.extend(["--ca".to_owned(), ca.display().to_string()]);
        }
        let told = lab.castoff.run(&arguments).expect(4).stderr;
        assert!(told.contains(says) && told.contains(does), "{name}: {told}");
        assert!(!told.contains("next attempt in"), "{name}: {told}");
    }
}

#[test]
fn the_certificates_that_docker_and_podman_keep_for_a_registry_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    authority(folder);
    certificate(folder, ("server", "IP:127.0.0.1"), None);
    certificate(folder, ("client", "DNS:client"), None);
    let at = |name: &str| folder.join(name);
    let setup = Setup {
        certificate: Some((at("server.pem"), at("server.key"))),
        client_authority: Some(at("ca.pem")),
        ..Setup::default()
    };
    let lab = Lab { registry: DockerRegistry::with(&setup), ..Lab::new() };
    let host = lab.registry.address();
    lab.configure_sinks("1.0", &[hub(host)], "");
    let told = lab.castoff.run(&["--batch"]).expect(4).stderr;
    assert!(told.contains("UnknownIssuer"), "{told}");
    let kept = lab.castoff.path(&format!("../home/config/containers/certs.d/{host}"));
    fs::create_dir_all(&kept).unwrap();
    fs::copy(at("ca.pem"), kept.join("ca.crt")).unwrap();
    // Its refusal may be lost with the connection.
    let refused = lab.castoff.run(&["--batch"]);
    assert!(matches!(refused.status, Some(3 | 4)), "{refused:?}");
    assert!(!refused.stderr.contains("http://"), "{refused:?}");
    fs::copy(at("client.pem"), kept.join("client.cert")).unwrap();
    let told = lab.castoff.run(&["--batch"]).expect(4).stderr;
    assert!(told.contains("client.key, which belongs to it, is missing"), "{told}");
    fs::copy(at("client.key"), kept.join("client.key")).unwrap();
    lab.castoff.run(&["--batch"]).expect(0);
    lab.castoff.run(&["ls", &format!("docker://{host}/team/app")]).expect(0);
}
