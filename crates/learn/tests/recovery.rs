//! Laws that are known, seen through a dump, and learned back.

use learn::dump;
use learn::observe::Observations;
use learn::population;
use learn::weather::Learned;
use std::fmt::Write as _;
use std::time::Instant;

/// Numbers in (0, 1) without a pattern: the splitmix64 generator.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.next(), self.next());
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v)
    }
}

fn time(seconds: f64) -> String {
    let timestamp = jiff::Timestamp::from_second(1_700_000_000 + libm::floor(seconds) as i64).unwrap();
    timestamp.to_string()
}

const SECRETS: [&str; 6] = ["shop", "payments", "registry.example.com", "node-secret", "uid-", "team-blue"];

/// A dump of pods as `kubectl get pods,events -o json` prints it. `cluster` is what the cluster shares.
fn dump_of(pods: u32, cluster: f64, numbers: &mut Numbers) -> String {
    let law = population::START;
    let nodes: Vec<f64> = (0..20).map(|_| numbers.normal()).collect();
    let own = libm::sqrt(1.0 - law.cluster - law.node);
    let mut items = Vec::new();
    for k in 0..pods {
        let node = k as usize % nodes.len();
        let score =
            libm::sqrt(law.cluster) * cluster + libm::sqrt(law.node) * nodes[node] + own * numbers.normal();
        let start = law.offset + libm::exp(law.mu + law.sigma * score);
        let created = f64::from(k) * 7.3 + numbers.next();
        let scheduled = created + 0.02 * numbers.next();
        let pulled = k % 4 == 0;
        let pull = 5.0 * libm::exp(0.5 * numbers.normal());
        let started = scheduled + start + if pulled { pull } else { 0.0 };
        // A readiness probe every 2 s that begins with the container; the application answers after a Weibull time.
        let answers = 4.0 * libm::pow(-libm::log(numbers.next()), 1.0 / 1.5);
        let phase = numbers.next();
        let ready = started + 2.0 * (libm::ceil(answers / 2.0 - phase).max(0.0) + phase);
        let uid = format!("uid-{k}");
        let mut pod = String::new();
        write!(
            pod,
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"shop-{k}","namespace":"team-blue","uid":"{uid}",
            "creationTimestamp":"{}","managedFields":[{{"manager":"k","fieldsV1":{{"f:metadata":{{}}}}}}]}},
            "spec":{{"nodeName":"node-secret-{node}","containers":[{{"name":"payments","image":"registry.example.com/shop:1",
            "readinessProbe":{{"periodSeconds":2}}}}]}},"status":{{"phase":"Running","conditions":[
            {{"type":"PodScheduled","status":"True","lastTransitionTime":"{}"}},
            {{"type":"Ready","status":"True","lastTransitionTime":"{}"}}],"containerStatuses":[{{"name":"payments",
            "restartCount":0,"state":{{"running":{{"startedAt":"{}"}}}}}}]}}}}"#,
            time(created),
            time(scheduled),
            time(ready),
            time(started)
        )
        .unwrap();
        items.push(pod);
        let message = if pulled {
            format!(
                r#"Successfully pulled image \"registry.example.com/shop:1\" in {pull:.3}s ({pull:.3}s including waiting). Image size: 123 bytes."#
            )
        } else {
            r#"Container image \"registry.example.com/shop:1\" already present on machine"#.to_owned()
        };
        items.push(format!(
            r#"{{"kind":"Event","involvedObject":{{"kind":"Pod","uid":"{uid}","fieldPath":"spec.containers{{payments}}"}},
            "reason":"Pulled","message":"{message}","count":1}}"#
        ));
        if k % 40 == 0 {
            items.push(format!(
                r#"{{"kind":"Event","involvedObject":{{"kind":"Pod","uid":"{uid}"}},"reason":"Failed",
                "message":"Failed to pull image \"registry.example.com/shop:1\": timeout","count":1}}"#
            ));
        }
    }
    format!(r#"{{"apiVersion":"v1","items":[{}],"kind":"List"}}"#, items.join(","))
}

fn learned(text: &str) -> Learned {
    let mut observations = Observations::default();
    dump::read(text.as_bytes(), |object| observations.add(object)).unwrap();
    Learned::of(&observations)
}

#[test]
fn known_laws_lie_in_their_intervals() {
    let (mut covered, clusters) = ([0; 3], 40);
    for seed in 0..clusters {
        let mut numbers = Numbers(seed);
        let cluster = numbers.normal();
        let found = learned(&dump_of(160, cluster, &mut numbers));
        assert_eq!((found.pods, found.nodes), (160, 20));
        let law = population::START;
        let start = libm::exp(law.mu + law.sigma * libm::sqrt(law.cluster) * cluster);
        let pull = found.pull.unwrap().median;
        let ready = found.ready.unwrap().median;
        let truth = [
            (found.start.median, start),
            (pull, 5.0),
            (ready, 4.0 * libm::pow(std::f64::consts::LN_2, 1.0 / 1.5)),
        ];
        for (covered, ((low, high), truth)) in covered.iter_mut().zip(truth) {
            *covered += u32::from(low <= truth && truth <= high);
        }
        assert_eq!(found.attempts, (4, 40));
    }
    println!("covered of {clusters}: start, pull, ready: {covered:?}");
    // 95 %: fewer than 34 of 40 has a probability below 0.5 %.
    assert!(covered.iter().all(|count| *count >= 34), "{covered:?}");
}

#[test]
fn the_weather_file_holds_numbers_only() {
    let mut numbers = Numbers(7);
    let found = learned(&dump_of(160, 0.5, &mut numbers));
    let text = found.to_yaml(false);
    println!("{text}");
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    assert!(found.to_yaml(true).contains("registry.example.com/shop:1"));
}

#[test]
fn five_thousand_pods_take_no_time() {
    let mut numbers = Numbers(7);
    let text = dump_of(5000, 0.5, &mut numbers);
    let begin = Instant::now();
    let found = learned(&text);
    println!("{} pods, {} MB: {:?}", found.pods, text.len() >> 20, begin.elapsed());
    assert_eq!(found.pods, 5000);
}

#[test]
fn clocks_that_run_backwards_are_left_out() {
    let mut numbers = Numbers(7);
    let text = dump_of(40, 0.0, &mut numbers);
    // One start before its scheduling.
    let skewed = text.replacen(r#""startedAt":"2023-11-14T22:13"#, r#""startedAt":"2023-11-14T22:03"#, 1);
    assert_ne!(text, skewed);
    let found = learned(&skewed);
    assert_eq!((found.left_out.skewed_nodes, found.left_out.skewed, found.pods), (1, 2, 38));
}
