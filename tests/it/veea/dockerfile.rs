//! The Dockerfile with its labels.

use castoff::recipe::veea;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{CONFIG, Directory, told, with};

fn generated(dockerfile: &str) -> String {
    let directory = Directory::new(CONFIG);
    directory.write("Dockerfile", dockerfile);
    directory.project().dockerfile().unwrap()
}

/// Which lines the block stands between.
fn between(dockerfile: &str) -> (String, String) {
    let text = generated(dockerfile);
    let (before, rest) = text.split_once("#BEGIN AUTO-GENERATED - DO NOT EDIT!!!\n").unwrap();
    let (_, after) = rest.split_once("#END AUTO-GENERATED - DO NOT EDIT!!!\n").unwrap();
    let last = before.lines().next_back().unwrap_or_default().to_owned();
    assert_eq!(format!("{before}{after}"), dockerfile, "nothing else may change");
    (last, after.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn labels_stand_in_their_order_before_what_the_image_runs() {
    let config = with("devices: []", "devices: ['DEV:SHARED:gpio', 'DEV:EXCLUSIVE:bluetooth']");
    let config = config.replace("    features: []", "    features: [mesh]");
    let config = config.replace("persists: []", "persists: [/data]");
    let directory = Directory::new(&config);
    assert_snapshot!(directory.project().dockerfile().unwrap());
}

#[test]
fn the_block_stands_before_the_last_command_of_the_last_stage() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        between("FROM a AS x\nENTRYPOINT [\"x\"]\nFROM b\nRUN y\nENTRYPOINT [\"z\"]\n"),
        pair("RUN y", "ENTRYPOINT [\"z\"]")
    );
    assert_eq!(
        between("FROM a\nENTRYPOINT [\"z\"]\nCMD [\"w\"]\n"),
        pair("ENTRYPOINT [\"z\"]", "CMD [\"w\"]")
    );
    assert_eq!(between("FROM a\n  CMD z\n"), pair("FROM a", "  CMD z"));
    // The command of an earlier stage is none of the image's.
    assert_eq!(between("FROM a AS x\nCMD z\nFROM b\nRUN y\n"), pair("RUN y", ""));
    assert_eq!(between("FROM a\nRUN <<E\nCMD no\nE\n"), pair("E", ""));
    assert_eq!(
        between("FROM a\n# CMD no\nCMD [\"z\"] # CMD\n"),
        pair("# CMD no", "CMD [\"z\"] # CMD")
    );
}

#[test]
fn a_file_without_a_last_line_end_gets_one_before_the_block() {
    assert!(generated("FROM a").starts_with("FROM a\n#BEGIN AUTO-GENERATED"));
}

#[test]
fn old_marks_and_what_is_no_dockerfile_are_refused() {
    let refused = |text: &str| {
        let directory = Directory::new(CONFIG);
        directory.write("Dockerfile", text);
        let failure = directory.project().dockerfile().unwrap_err();
        let hint = castoff::error::advice(&failure).unwrap_or_default();
        let hint = hint.replace(&format!("{}/", directory.path().display()), "");
        format!("{}\n{hint}", told(&failure, directory.path()))
    };
    assert_snapshot!(refused("FROM a\n#BEGIN\nLABEL x=y\n#END\n"), @r"
    ERROR: The old #BEGIN/#END construct is no longer supported.
    remove the block at Dockerfile:2; it is generated
    ");
    assert!(refused("FROM\n").starts_with("Dockerfile: "));
}

#[test]
fn values_of_labels_cannot_be_taken_for_anything_else() {
    let directory = Directory::new(&with("    features: []", r#"    features: ['a"b\c$ARCH']"#));
    let text = directory.project().dockerfile().unwrap();
    assert!(text.contains(r#"feature1="a\"b\\c\$ARCH""#), "{text}");
    let recipe = directory.partner();
    let lacking = veea::read(&recipe).unwrap_err();
    assert!(lacking.causes[0].ends_with(r#"a"b\c$ARCH"#));
}

proptest! {
    #[test]
    fn no_dockerfile_makes_the_generator_panic(text in "(FROM a\n)?\\PC{0,80}\n?(CMD \\PC{0,20})?") {
        let directory = Directory::new(CONFIG);
        directory.write("Dockerfile", &text);
        let _ = directory.project().dockerfile();
    }
}
