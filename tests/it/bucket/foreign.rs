//! What other hands put into a bucket, where castoff keeps tags.

use super::{Program, fake::Bucket, image};

#[test]
fn an_object_that_is_no_manifest_ends_a_collection_before_anything_is_removed() {
    for odd in ["<html>", r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.ima"#, "", "{}"] {
        let (bucket, program) = (Bucket::start(true, |_, _| None), Program::new());
        for version in ["1", "2", "3"] {
            image(&program, &format!("image {version}"));
            let told = program.push(&format!("app:{version}.0"), "docker", &bucket.url());
            assert_eq!(told.0, Some(0), "{}", told.1);
        }
        bucket.state().put("v2/app/manifests/index.html", odd);
        let before: Vec<String> = bucket.state().objects.keys().cloned().collect();
        for dry in [&["--dry-run"][..], &[]] {
            let gc = ["gc", &bucket.url(), "-t", "app", "--keep", "1", "--grace", "0s"];
            let (status, told) = program.run(&[&gc[..], dry].concat());
            assert_eq!(status, Some(4), "{told}");
            assert!(told.contains("`index.html`") && told.contains("nothing is removed"), "{told}");
        }
        let after: Vec<String> = bucket.state().objects.keys().cloned().collect();
        assert_eq!(before, after);
        // Other tags come and go.
        let (status, told) = program.run(&["rm", &bucket.url(), "-t", "app:1.0"]);
        assert_eq!(status, Some(0), "{told}");
        let told = program.push("app:4.0", "docker", &bucket.url());
        assert_eq!(told.0, Some(0), "{}", told.1);
        let (status, told) = program.run(&["rm", &bucket.url(), "-t", "app:2.0"]);
        assert_eq!(status, Some(0), "{told}");
        assert_eq!(bucket.text("v2/app/manifests/index.html").as_deref(), Some(odd));
    }
}

#[test]
fn a_readme_beside_the_tags_of_files_is_no_tag() {
    let (bucket, program) = (Bucket::start(true, |_, _| None), Program::new());
    image(&program, "one");
    for tag in ["app:1.0", "app:2.0"] {
        assert_eq!(program.push(tag, "df", &bucket.url()).0, Some(0));
    }
    bucket.state().put("df-dist-v1/app/README.md", "# hi");
    assert_eq!(program.push("app:3.0", "df", &bucket.url()).0, Some(0));
    let list = bucket.text("df-dist-v1/app").unwrap();
    assert!(list.contains("3.0") && !list.contains("README"), "{list}");
    let gc = ["gc", &bucket.url(), "-t", "app", "--keep", "1", "--grace", "0s"];
    let (status, told) = program.run(&gc);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(bucket.text("df-dist-v1/app/README.md").as_deref(), Some("# hi"));
    assert_eq!(bucket.text("df-dist-v1/app/1.0"), None);
}

#[test]
fn signatures_beside_kept_files_in_a_bucket_stay() {
    let (bucket, program) = (Bucket::start(true, |_, _| None), Program::new());
    image(&program, "one");
    for tag in ["app:1.0", "app:2.0"] {
        assert_eq!(program.push(tag, "df", &bucket.url()).0, Some(0));
    }
    let beside = ["linux/amd64/app.sig", "SHA256SUMS.p7s", "sbom.spdx.json"];
    for name in beside {
        bucket.state().put(&format!("df-dist-v1/app/2.0/{name}"), name);
    }
    let gc = ["gc", &bucket.url(), "-t", "app", "--keep", "1", "--grace", "0s"];
    let (status, told) = program.run(&gc);
    assert_eq!(status, Some(0), "{told}");
    for name in beside {
        assert_eq!(bucket.text(&format!("df-dist-v1/app/2.0/{name}")).as_deref(), Some(name));
    }
}
