//! Images that others signed, signed once more: what they signed lies where
//! the image does, and nowhere on this machine.

use super::signing::{PASSWORD, Signed, cosign};
use crate::support::Cosign;

/// An image at the registry that another publisher signed in its own words.
fn signed_elsewhere(name: &str) -> (Signed, Cosign) {
    let (signed, tool) = (Signed::new(), Cosign::new());
    tool.generate(&signed.lab.castoff.path(""), "theirs", PASSWORD);
    signed.configure("1.0", name, "");
    signed.lab.run(&["--batch"]).expect(0);
    let theirs = signed.lab.castoff.path("theirs.key");
    tool.sign_with(&format!("{}:1.0", signed.hub(name)), &theirs, PASSWORD, &["-a", "run=17"]);
    (signed, tool)
}

#[test]
fn what_others_signed_need_not_be_on_this_machine_to_sign_beside_it() {
    let (signed, tool) = signed_elsewhere("counter");
    let places = ["hub/counter:1.0", "garage/counter:2.0", "shelf/counter:2.0", "oci:a.tar:a:2.0"];
    for place in &places[1..] {
        signed.lab.run(&["copy", places[0], place]).expect(0);
    }
    for place in places {
        signed.lab.run(&["sign", place, "--key", "release.key"]).expect(0);
        for key in ["release.pub", "theirs.pub"] {
            signed.lab.run(&["verify", place, "--key", key]).expect(0);
        }
    }
    for key in ["release", "theirs"] {
        let image = format!("{}:1.0", signed.hub("counter"));
        tool.verify(&image, &signed.public(key)).expect("both signed it");
    }
}

#[test]
fn a_release_of_what_others_signed_ends_and_keeps_their_signature() {
    let (signed, tool) = signed_elsewhere("recounted");
    signed.configure("2.0", "recounted", &cosign("release"));
    signed.lab.run(&["--batch"]).expect(0);
    for key in ["release", "theirs"] {
        let image = format!("{}:2.0", signed.hub("recounted"));
        tool.verify(&image, &signed.public(key)).expect("both signed it");
    }
}
