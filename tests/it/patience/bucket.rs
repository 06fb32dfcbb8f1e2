//! Buckets are tried as registries are.

use super::{Project, QUICK, bad_bucket::BadBucket};

#[test]
fn an_object_that_a_bucket_refuses_is_sent_as_often_as_attempts_say_in_all() {
    for (status, times) in [(500, 5), (503, 5), (501, 1)] {
        let bucket = BadBucket::refusing(status);
        let project = Project::new(&["linux/amd64"], 1, 2 << 20);
        project.configure(&bucket.url(), QUICK);
        let told = project.run(&["--batch"]);
        assert_eq!(told.status, 3, "{}", told.err);
        let large = bucket.bodies().into_iter().filter(|size| *size > 1 << 20);
        // Another object may have used its tries up before.
        assert!((1..=times).contains(&large.count()), "{status}: {}", told.err);
    }
}
