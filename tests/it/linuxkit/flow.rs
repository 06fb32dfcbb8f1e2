//! What is to be done with a package.

use castoff::{
    model::Platform,
    recipe::linuxkit::{
        Compat, Decision, Flow, LinuxkitRecipe, Make, Package, PackageRequest, builders, decide,
        passphrase_command,
    },
};
use proptest::prelude::*;

use super::{Workshop, alone, foo, read};

/// `build` without a flag.
fn build() -> PackageRequest {
    PackageRequest {
        force: false,
        nobuild: false,
        push: false,
        load: false,
        image: true,
        manifest: true,
        sign: true,
        release: None,
        platforms: Vec::new(),
        skip: Vec::new(),
    }
}

fn push() -> PackageRequest {
    PackageRequest { push: true, ..build() }
}

fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

fn flow(package: &Package, wish: &PackageRequest) -> Flow {
    match decide(package, wish, Some(&platform("linux/arm64"))).unwrap() {
        Decision::Go(flow) => flow,
        Decision::LeftOut(why) => panic!("{why}"),
    }
}

fn left_out(package: &Package, wish: &PackageRequest, host: &str) -> String {
    match decide(package, wish, Some(&platform(host))).unwrap() {
        Decision::LeftOut(why) => why,
        Decision::Go(flow) => panic!("{flow:?}"),
    }
}

async fn package(shop: &Workshop, compat: Compat) -> Package {
    read(&LinuxkitRecipe { compat, ..shop.recipe("repo/foo") }).await
}

#[tokio::test]
async fn a_package_is_built_for_this_machine_unless_something_else_is_asked_for() {
    let package = package(&foo(), Compat::Year2020).await;
    let of = |platforms: &[&str], skip: &[&str]| {
        let parse = |words: &[&str]| words.iter().map(|word| platform(word)).collect();
        let wish = PackageRequest { platforms: parse(platforms), skip: parse(skip), ..build() };
        flow(&package, &wish).platforms.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of(&[], &[]), ["linux/arm64"]);
    assert_eq!(of(&["linux/s390x", "linux/amd64"], &[]), ["linux/amd64", "linux/s390x"]);
    assert_eq!(of(&[], &["linux/arm64"]), ["linux/amd64", "linux/s390x"]);
    let riscv = left_out(&package, &build(), "linux/riscv64");
    assert_eq!(riscv, "Arch riscv64 not supported by this package, skipping build.");
    let wish = PackageRequest { platforms: vec![platform("linux/386")], ..build() };
    let none = left_out(&package, &wish, "linux/arm64");
    assert!(none.starts_with("Skipping linuxkit/foo:") && none.ends_with(" to build"), "{none}");
    assert_eq!(decide(&package, &build(), None).unwrap_err().to_string(), "Unknown arch");
}

#[tokio::test]
async fn what_is_published_is_not_built_again_unless_that_is_asked_for() {
    let package = package(&foo(), Compat::Year2020).await;
    let make = |wish: PackageRequest| flow(&package, &wish).make;
    assert_eq!(make(build()), Make::Missing);
    assert_eq!(make(PackageRequest { force: true, ..build() }), Make::All);
    assert_eq!(make(PackageRequest { nobuild: true, ..push() }), Make::Nothing);
    assert_eq!(make(PackageRequest { image: false, ..push() }), Make::Nothing);
}

#[tokio::test]
async fn an_index_is_made_of_all_platforms_on_any_machine() {
    let package = package(&foo(), Compat::Year2020).await;
    let wish = PackageRequest { image: false, ..push() };
    assert_eq!(flow(&package, &wish).platforms, package.platforms);
}

#[tokio::test]
async fn what_is_left_out_without_a_manifest_depends_on_the_generation() {
    let shop = foo();
    let published = async |compat, wish: PackageRequest| {
        let publish = flow(&package(&shop, compat).await, &wish).publish.unwrap();
        (publish.platform_tags, publish.index, publish.sign)
    };
    let bare = PackageRequest { manifest: false, ..push() };
    assert_eq!(published(Compat::Year2020, push()).await, (true, true, true));
    assert_eq!(published(Compat::Year2020, bare.clone()).await, (true, false, false));
    assert_eq!(published(Compat::Year2026, push()).await, (true, true, true));
    assert_eq!(published(Compat::Year2026, bare).await, (false, true, true));
    let unsigned = PackageRequest { sign: false, ..push() };
    assert_eq!(published(Compat::Year2020, unsigned).await, (true, true, false));
    let untrusted = LinuxkitRecipe { trust: Some(false), ..shop.recipe("repo/foo") };
    assert!(!flow(&read(&untrusted).await, &push()).publish.unwrap().sign);
}

#[tokio::test]
async fn a_build_goes_to_the_local_engine_and_a_push_only_when_asked_to() {
    let package = package(&foo(), Compat::Year2020).await;
    assert!(flow(&package, &build()).load);
    assert!(!flow(&package, &push()).load);
    assert!(flow(&package, &PackageRequest { load: true, ..push() }).load);
}

#[tokio::test]
async fn a_release_is_for_what_is_pushed() {
    let package = package(&foo(), Compat::Year2020).await;
    let release = Some("v1".parse().unwrap());
    let refused = decide(&package, &PackageRequest { release: release.clone(), ..build() }, None);
    assert!(refused.is_err());
    let publish = flow(&package, &PackageRequest { release, ..push() }).publish.unwrap();
    assert_eq!(publish.release.unwrap().reference(), "linuxkit/foo:v1");
}

#[test]
fn the_last_builder_of_a_platform_counts() {
    let found = builders(["linux/arm64=one", "", "linux/amd64=ssh://a@b=c", "linux/arm64=two"]);
    let found: Vec<_> =
        found.unwrap().into_iter().map(|(platform, to)| format!("{platform} {to}")).collect();
    assert_eq!(found, ["linux/amd64 ssh://a@b=c", "linux/arm64 two"]);
    for wrong in ["linux/arm64", "linux/arm64=", "arm64=x"] {
        assert!(builders([wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn linuxkits_own_configuration_names_the_command_of_the_passphrase() {
    let command = |text: &str| {
        let command = passphrase_command(text, "config.yml");
        command.map(|command| command.map(|command| format!("{command:?}")))
    };
    let key = "content-trust-passphrase-command";
    assert_eq!(
        command(&format!("pkg:\n  {key}: \"lpass show <key> --password\"\n")).unwrap().unwrap(),
        r#"Shell("lpass show <key> --password")"#
    );
    assert_eq!(
        command(&format!("other: 1\npkg: {{{key}: [pass, show, key]}}\n")).unwrap().unwrap(),
        r#"Arguments(["pass", "show", "key"])"#
    );
    for none in ["", "pkg:\n", "other: {}\n", &format!("pkg: {{{key}: ''}}")] {
        assert_eq!(command(none), Ok(None), "{none}");
    }
    let told = command("pkg:\n  content-trust-passphrase-command: {a: hunter2}\n").unwrap_err();
    assert!(told.to_string().starts_with("config.yml:2"), "{told}");
    assert!(!told.to_string().contains("hunter2"), "{told}");
}

proptest! {
    #[test]
    fn nothing_is_built_or_pushed_for_what_the_package_is_not_for(
        arches in proptest::sample::subsequence(vec!["amd64", "arm64", "riscv64", "s390x"], 0..4),
        asked in proptest::sample::subsequence(vec!["linux/amd64", "linux/riscv64"], 0..2),
        skipped in proptest::sample::subsequence(vec!["linux/arm64", "linux/s390x"], 0..2),
        image: bool,
        push: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shop = alone(&format!("image: dummy\narches: [{}]\n", arches.join(", ")));
        let package = runtime.block_on(read(&shop.recipe("pkg")));
        let parse = |words: &[&str]| words.iter().map(|word| platform(word)).collect::<Vec<_>>();
        let (platforms, skip) = (parse(&asked), parse(&skipped));
        let wish = PackageRequest { platforms, skip: skip.clone(), image, push, ..build() };
        match decide(&package, &wish, Some(&platform("linux/amd64"))).unwrap() {
            Decision::LeftOut(_) => {}
            Decision::Go(flow) => {
                prop_assert!(!flow.platforms.is_empty());
                let is_meant = |it: &Platform| package.platforms.contains(it) && !skip.contains(it);
                prop_assert!(flow.platforms.iter().all(is_meant));
                prop_assert_eq!(flow.publish.is_some(), push);
            }
        }
    }
}
