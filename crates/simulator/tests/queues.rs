//! Queues with known results, on the simulation engine: calendar, laws and random streams.
//!
//! Each figure is the mean over independent replications after a warm-up, and must agree with queueing
//! theory within its interval. Source of the formulas: L. Kleinrock, *Queueing Systems*, volume 1, 1975.

use simulator::engine::{Calendar, Law, Streams};
use simulator::{Span, Timestamp};
use std::collections::VecDeque;

/// A station with one queue and several servers; customers are served in order of arrival.
struct Station {
    between_arrivals: Law,
    service: Law,
    servers: usize,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Arrival,
    /// The customer that arrived at that time leaves.
    Departure(Timestamp),
}

/// Results of one replication after its warm-up.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Mean time that a customer waited before its service began, s.
    wait: f64,
    /// Mean time that a customer spent in the station, s.
    stay: f64,
    /// Time-weighted mean of the customers in the station.
    customers: f64,
    /// Share of customers that had to wait.
    delayed: f64,
}

const WARM_UP: Timestamp = Timestamp::from_secs(4_000);
const END: Timestamp = Timestamp::from_secs(44_000);
const REPLICATIONS: u64 = 60;

/// Student's 99.95% quantile with 59 degrees of freedom: an interval misses once in a thousand times.
/// Seventeen figures are compared below, on fixed seeds.
const REACH: f64 = 3.463;

impl Station {
    fn replicate(&self, seed: u64, run: u64) -> Seen {
        let streams = Streams::new(seed, run);
        let (mut arrivals, mut services) = (streams.running("arrivals"), streams.running("services"));
        let mut calendar = Calendar::new(Timestamp::ZERO);
        let (mut queue, mut in_service) = (VecDeque::new(), 0);
        let (mut sums, mut served, mut area, mut last) = (Seen::default(), 0.0, 0.0, WARM_UP);
        calendar.schedule(self.between_arrivals.at(arrivals.uniform()), Event::Arrival);
        while let Some(event) = calendar.pop() {
            let now = calendar.now().min(END);
            if now > last {
                area += (queue.len() + in_service) as f64 * now.since(last).as_secs_f64();
                last = now;
            }
            if now == END {
                break;
            }
            match event {
                Event::Arrival => {
                    calendar.schedule(self.between_arrivals.at(arrivals.uniform()), Event::Arrival);
                    queue.push_back(now);
                }
                Event::Departure(came) => {
                    in_service -= 1;
                    if came >= WARM_UP {
                        sums.stay += now.since(came).as_secs_f64();
                        served += 1.0;
                    }
                }
            }
            if in_service < self.servers
                && let Some(came) = queue.pop_front()
            {
                in_service += 1;
                calendar.schedule(self.service.at(services.uniform()), Event::Departure(came));
                if came >= WARM_UP {
                    sums.wait += now.since(came).as_secs_f64();
                    sums.delayed += f64::from(u8::from(now > came));
                }
            }
        }
        let time = END.since(WARM_UP).as_secs_f64();
        Seen {
            wait: sums.wait / served,
            stay: sums.stay / served,
            customers: area / time,
            delayed: sums.delayed / served,
        }
    }

    fn replications(&self) -> Vec<Seen> {
        (0..REPLICATIONS).map(|run| self.replicate(7, run)).collect()
    }
}

/// The theoretical value must lie within the confidence interval of the mean over replications.
fn agrees(what: &str, seen: &[Seen], figure: fn(&Seen) -> f64, theory: f64) {
    let of = seen.len() as f64;
    let mean = seen.iter().map(figure).sum::<f64>() / of;
    let squares = seen.iter().map(|seen| libm::pow(figure(seen) - mean, 2.0)).sum::<f64>();
    let half = REACH * (squares / (of - 1.0) / of).sqrt();
    assert!((mean - theory).abs() <= half, "{what}: {mean} ± {half}, but theory says {theory}");
    // A wide interval would make the test meaningless.
    assert!(half < 0.06 * theory, "{what}: {mean} ± {half}");
}

fn exponential(mean: f64) -> Law {
    Law::Exponential { mean: Span::from_nanos((mean * 1e9) as i64) }
}

#[test]
fn one_server_with_exponential_service() {
    for load in [0.5_f64, 0.8] {
        let station =
            Station { between_arrivals: exponential(1.0 / load), service: exponential(1.0), servers: 1 };
        let seen = station.replications();
        agrees("M/M/1 wait", &seen, |seen| seen.wait, load / (1.0 - load));
        agrees("M/M/1 stay", &seen, |seen| seen.stay, 1.0 / (1.0 - load));
        agrees("M/M/1 customers", &seen, |seen| seen.customers, load / (1.0 - load));
        agrees("M/M/1 delayed", &seen, |seen| seen.delayed, load);
    }
}

/// Pollaczek and Khinchine: the wait is load / (1 - load) times half of (1 + squared variation).
#[test]
fn one_server_with_any_service() {
    let load = 0.7;
    let wait = |squared_variation: f64| load / (1.0 - load) * f64::midpoint(1.0, squared_variation);
    let station =
        |service| Station { between_arrivals: exponential(1.0 / load), service, servers: 1 }.replications();
    let constant = station(Law::Constant(Span::SECOND));
    agrees("M/D/1 wait", &constant, |seen| seen.wait, wait(0.0));
    agrees("M/D/1 customers", &constant, |seen| seen.customers, load * (wait(0.0) + 1.0));
    let uniform = station(Law::Uniform { low: Span::ZERO, high: Span::from_secs(2) });
    agrees("M/U/1 wait", &uniform, |seen| seen.wait, wait(1.0 / 3.0));
    // Weibull of shape 2 with mean 1: the mean is scale·Γ(3/2), the squared variation 4/π - 1.
    let scale = Span::from_nanos((2e9 / std::f64::consts::PI.sqrt()) as i64);
    let weibull = station(Law::Weibull { scale, shape: 2.0 });
    agrees("M/W/1 wait", &weibull, |seen| seen.wait, wait(4.0 / std::f64::consts::PI - 1.0));
}

/// Erlang's delay formula.
#[test]
fn several_servers() {
    let (servers, offered) = (3_usize, 2.4_f64);
    let terms: Vec<f64> = std::iter::successors(Some((0_u32, 1.0)), |&(n, term)| {
        Some((n + 1, term * offered / f64::from(n + 1)))
    })
    .map(|(_, term)| term)
    .take(servers + 1)
    .collect();
    let all_busy = terms[servers] / (1.0 - offered / servers as f64);
    let delayed = all_busy / (terms[..servers].iter().sum::<f64>() + all_busy);
    let wait = delayed / (servers as f64 - offered);
    let station =
        Station { between_arrivals: exponential(1.0 / offered), service: exponential(1.0), servers };
    let seen = station.replications();
    agrees("M/M/3 delayed", &seen, |seen| seen.delayed, delayed);
    agrees("M/M/3 wait", &seen, |seen| seen.wait, wait);
    agrees("M/M/3 customers", &seen, |seen| seen.customers, offered * (wait + 1.0));
}

/// With enough servers no customer waits, and only the mean of the service time matters, not its shape.
#[test]
fn a_server_for_everyone() {
    let median = Span::from_secs(4);
    let lognormal = Law::Lognormal { median, p95: Span::from_secs(12) };
    let sigma = libm::log(3.0) / 1.644_853_626_951_472_2;
    let mean = 4.0 * libm::exp(sigma * sigma / 2.0);
    for (service, mean) in [(lognormal, mean), (Law::Constant(median), 4.0)] {
        let station = Station { between_arrivals: exponential(0.5), service, servers: usize::MAX };
        let seen = station.replications();
        agrees("M/G/∞ customers", &seen, |seen| seen.customers, 2.0 * mean);
        assert!(seen.iter().all(|seen| seen.wait < 1e-12 && (seen.stay - mean).abs() < 0.05 * mean));
    }
}
