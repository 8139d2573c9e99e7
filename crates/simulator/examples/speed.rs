#[path = "../tests/common/mod.rs"]
mod common;
use std::time::Instant;
fn main() {
    for (replicas, nodes, runs) in
        [(10, 3, 2000u64), (100, 10, 200), (1000, 100, 20), (5000, 500, 4), (50_000, 5000, 1)]
    {
        let model = common::rolling_update(replicas, nodes, common::usual());
        let mut simulator = simulator::Simulator::new(&model, 0);
        simulator.run(1, 0);
        let t = Instant::now();
        let mut e = 0;
        for run in 0..runs {
            e += simulator.run(1, run).footprint.api_writes;
        }
        let per = t.elapsed().as_secs_f64() / runs as f64;
        println!(
            "{replicas}: {:.1} us a run, {:.1} us/replica, {} writes",
            per * 1e6,
            per * 1e6 / f64::from(replicas),
            e / runs
        );
    }
    let model = common::image_pull_error();
    let mut simulator = simulator::Simulator::new(&model, 0);
    let t = Instant::now();
    for run in 0..1000 {
        simulator.run(1, run);
    }
    println!("pull error 1000 runs {:?}", t.elapsed());
}
