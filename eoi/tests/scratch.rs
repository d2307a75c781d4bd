//! scratch
use eoi::trace::configurations;
use eoi_model::device::Device;
use eoi_model::{irqchip, kernels};
use std::time::Instant;
#[test]
fn times() {
    let kernels: Vec<_> = kernels::ALL.iter().collect();
    let all = configurations::all(irqchip::ALL, &kernels, &Device::ALL);
    println!("{} configurations, {} chips, {} kernels", all.len(), irqchip::ALL.len(), kernels.len());
    for cpus in [1, 2] { for threadirqs in [false, true] {
        let (mut states, mut edges, mut n) = (0, 0, 0);
        let mut distinct = std::collections::BTreeSet::new();
        let t = Instant::now();
        for c in &all {
            let c = eoi::check::configuration::Configuration { cpus, threadirqs, ..c.clone() };
            let Ok(system) = c.system() else { continue };
            let e = eoi::trace::explore::explore(&system).unwrap_or_else(|_| panic!());
            states += e.states.len(); edges += e.graph.transitions(); n += 1;
            distinct.insert((e.states.len(), e.graph.transitions()));
        }
        println!("{cpus} cpus threadirqs {threadirqs}: {n} systems {states} states {edges} edges {} distinct {:?}", distinct.len(), t.elapsed());
    } }
    let t = Instant::now();
    eoi::trace::words::Words::learnt();
    println!("words {:?}", t.elapsed());
}
