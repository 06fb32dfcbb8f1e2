//! Servers whose certificate they signed themselves, as Docker's manual has it
//! made: it is one of an authority too.

use std::{fs, path::Path, process::Command};

use super::{Lab, hub};
use crate::support::{DockerRegistry, Setup};

/// A certificate that signs itself, with its key, in `folder`; valid between
/// two times, else now.
fn own(folder: &Path, name: &str, san: &str, between: Option<[&str; 2]>) {
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        let output = command.current_dir(folder).args(arguments).output().expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let [key, crt, csr] = ["key", "crt", "csr"].map(|end| format!("{name}.{end}"));
    let request = ["req", "-newkey", "rsa:2048", "-nodes", "-sha256", "-keyout", &key];
    let subject = ["-subj", "/CN=own"];
    let extension = format!("subjectAltName={san}");
    if let Some([from, until]) = between {
        openssl(&[&request[..], &subject, &["-out", &csr]].concat());
        let settings = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\n\
                        rand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n";
        let extensions = format!("{extension}\nbasicConstraints=critical,CA:TRUE\n");
        for (file, text) in [("index", ""), ("settings", settings), ("extensions", &extensions)] {
            fs::write(folder.join(file), text).unwrap();
        }
        let sign = ["ca", "-batch", "-notext", "-selfsign", "-config", "settings"];
        let files = ["-keyfile", &key, "-in", &csr, "-out", &crt, "-extfile", "extensions"];
        openssl(&[&sign[..], &files, &["-startdate", from, "-enddate", until]].concat());
    } else {
        let x509 = ["-x509", "-days", "2", "-out", &crt, "-addext", &extension];
        openssl(&[&request[..], &subject, &x509].concat());
    }
    let text = openssl(&["x509", "-noout", "-text", "-in", &crt]);
    assert!(text.contains("CA:TRUE"), "{text}");
}

fn served(folder: &Path, name: &str) -> Lab {
    let [certificate, key] = ["crt", "key"].map(|end| folder.join(format!("{name}.{end}")));
    let setup = Setup { certificate: Some((certificate, key)), ..Setup::default() };
    Lab { registry: DockerRegistry::with(&setup), ..Lab::new() }
}

const HERE: &str = "DNS:localhost,IP:127.0.0.1";

#[test]
fn a_certificate_that_is_itself_trusted_is_a_server_s_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    own(folder, "own", HERE, None);
    own(folder, "another", HERE, None);
    let lab = served(folder, "own");
    let port = lab.registry.address().rsplit(':').next().unwrap().to_owned();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let lists = |lab: &Lab, more: &[&str]| {
            lab.run(&[&["ls", &format!("docker://{host}/team/app")], more].concat())
        };
        let crt = folder.join("own.crt").display().to_string();
        // There is nothing yet, which the registry itself says.
        let told = lists(&lab, &["--ca", &crt]).expect(4).stderr;
        assert!(!told.contains("certificate"), "{told}");
        for more in [&[][..], &["--ca", &folder.join("another.crt").display().to_string()]] {
            let told = lists(&lab, more).expect(4).stderr;
            assert!(told.contains("its certificate is that of a certificate authority"), "{told}");
            assert!(told.contains("--ca FILE"), "{told}");
        }
    }
    let host = lab.registry.address().to_owned();
    lab.configure_sinks("1.0", &[hub(&host)], "");
    lab.run(&["--batch"]).expect(4);
    // As the environment gives it, and as Docker keeps it.
    let crt = folder.join("own.crt");
    let mut command = lab.castoff.command(&["--batch"]);
    let output = command.env("SSL_CERT_FILE", &crt).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kept = lab.castoff.path(&format!("../home/.config/docker/certs.d/{host}"));
    fs::create_dir_all(&kept).unwrap();
    fs::copy(&crt, kept.join("ca.crt")).unwrap();
    lab.run(&["--batch"]).expect(0);
    lab.run(&["inspect", "hub/app:1.0"]).expect(0);
}

#[test]
fn a_certificate_that_is_itself_trusted_must_still_be_valid_and_for_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    own(folder, "named", "DNS:other.example", None);
    own(folder, "past", HERE, Some(["20200101000000Z", "20210101000000Z"]));
    own(folder, "future", HERE, Some(["20400101000000Z", "20410101000000Z"]));
    for (name, says, does) in [
        ("named", "other.example", "use a host name that is in the server's certificate"),
        ("past", "expired", "renew the server's certificate"),
        ("future", "not valid yet", "set the clock"),
    ] {
        let lab = served(folder, name);
        let crt = folder.join(format!("{name}.crt")).display().to_string();
        let url = format!("docker://{}/a", lab.registry.address());
        let told = lab.run(&["ls", &url, "--ca", &crt]).expect(4).stderr;
        assert!(told.contains(says) && told.contains(does), "{name}: {told}");
    }
}
