//! Messages of failed pulls: containerd's text around the registry's.

use crate::model::PullFailure;
use crate::observe::PullTrouble;

/// The text after `Failed to pull image "<image>": `.
pub(super) fn failure(image: &str, trouble: PullTrouble) -> String {
    let resolve = |why: &str| {
        format!("failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {why}")
    };
    let host = image.split_once('/').map_or("registry-1.docker.io", |(host, _)| host);
    match trouble {
        PullTrouble::Throttled => "pull QPS exceeded".to_owned(),
        PullTrouble::TooManyRequests => format!(
            "rpc error: code = Unknown desc = {}",
            resolve(&format!(
                "unexpected status from HEAD request to https://{host}/v2/: 429 Too Many Requests"
            ))
        ),
        PullTrouble::Registry(PullFailure::NotFound) => {
            format!("rpc error: code = NotFound desc = {}", resolve(&format!("{image}: not found")))
        }
        PullTrouble::Registry(PullFailure::Unauthorised) => format!(
            "rpc error: code = Unknown desc = {}",
            resolve("authorization failed: no basic auth credentials")
        ),
        PullTrouble::Registry(PullFailure::RegistryDown) => format!(
            "rpc error: code = Unknown desc = {}",
            resolve(&format!("failed to do request: Head \"https://{host}/v2/\": dial tcp: i/o timeout"))
        ),
        PullTrouble::Registry(PullFailure::ConnectionRefused) => format!(
            "rpc error: code = Unknown desc = {}",
            resolve(&format!(
                "failed to do request: Head \"https://{host}/v2/\": dial tcp: connect: connection refused"
            ))
        ),
    }
}
