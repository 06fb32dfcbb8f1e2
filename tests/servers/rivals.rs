//! Many publishers at one real bucket.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Castoff, Ended, Garage, busybox, copy_folder};

/// How many publish at once.
const MANY: usize = 10;
/// How often two try for one tag.
const ROUNDS: usize = 3;

/// A publisher of files, one of which says which publisher it is.
fn publisher(garage: &Garage, name: &str) -> Castoff {
    let castoff = Castoff::new().with(garage);
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    for file in ["first", "second", "third"] {
        castoff.write(&format!("df/linux/amd64/{file}"), format!("{file} of {name}"));
    }
    castoff
}

fn begin(castoff: &Castoff, tag: &str, path: &str, garage: &Garage) -> Child {
    let mut command = castoff.command(&["push", "-t", tag, path, &garage.url()]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

/// The tags of a list, in lexical order.
fn tags(garage: &Garage, key: &str) -> Vec<String> {
    let list: Value = serde_json::from_str(&garage.text(key)).unwrap();
    let tags = list["tags"].as_array().unwrap().iter();
    let mut tags: Vec<_> = tags.map(|tag| tag.as_str().unwrap().to_owned()).collect();
    tags.sort();
    tags
}

#[test]
fn ten_publishers_of_ten_tags_into_one_name_of_a_bucket_all_have_their_turn() {
    let garage = Garage::shared();
    let publishers: Vec<_> =
        (0..MANY).map(|place| publisher(&garage, &place.to_string())).collect();
    for (path, name, list) in
        [("docker", "ten", "v2/ten/tags/list"), ("df", "ten-files", "df-dist-v1/ten-files")]
    {
        let running: Vec<Child> = publishers
            .iter()
            .enumerate()
            .map(|(place, castoff)| begin(castoff, &format!("{name}:{place}"), path, &garage))
            .collect();
        for child in running {
            ended(child).expect(0);
        }
        let expected: Vec<String> = (0..MANY).map(|place| place.to_string()).collect();
        assert_eq!(tags(&garage, list), expected);
    }
}

#[test]
fn of_two_publishers_of_one_new_tag_of_files_one_wins_at_garage_and_the_tag_is_whole() {
    let garage = Garage::shared();
    let both = ["a", "b"].map(|name| publisher(&garage, name));
    for round in 0..ROUNDS {
        let tag = format!("one-tag:{round}");
        let running = [0, 1].map(|which| begin(&both[which], &tag, "df", &garage));
        let statuses = running.map(|child| {
            let ended = ended(child);
            assert!(matches!(ended.status, Some(0 | 5)), "{ended:?}");
            ended.status
        });
        assert!(statuses.contains(&Some(0)), "round {round}: neither won");
        let of = |file: &str| {
            let text = garage.text(&format!("df-dist-v1/one-tag/{round}/linux/amd64/{file}"));
            text.rsplit(' ').next().unwrap().to_owned()
        };
        let winner = of("first");
        assert_eq!([of("second"), of("third")], [winner.clone(), winner], "round {round}");
    }
}
