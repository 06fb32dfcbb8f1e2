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
        let bodies = bucket.bodies();
        // Another object may have used its tries up before.
        let large = bodies.iter().filter(|size| **size > 1 << 20).count();
        assert!(!bodies.is_empty() && large <= times, "{status}: {bodies:?} {}", told.err);
    }
}
