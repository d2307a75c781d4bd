//! scratch
use eoi::explore::{graph, ratio, typical, verdict};
use eoi_model::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    for chip in irqchip::ALL { for k in ["linux-6.12.57","linux-6.12.107"] { for path in system::Path::ALL {
        let config = system::Config { chip, kernel: kernels::by_name(k).unwrap(), fixes: &[], device: device::Device::NoDisintx, path,
          guest_chip: None, edge: false, order: guest::Order::ServiceThenEoi, masks: false, directed_eoi: false,
          scenario: scenario::Scenario::Steady, cpus: 2, causes: a.get(1).map_or(2,|x|x.parse().unwrap()), withdraws: true, threadirqs: false };
        let Ok(system) = system::System::new(&config) else { continue };
        let t = std::time::Instant::now();
        let e = graph::explore(&system, 10_000_000).map_err(|e| e).unwrap();
        let t1 = t.elapsed();
        let v = verdict::verdicts(&e.graph);
        let t2 = t.elapsed();
        print!("{:10} {:15} {:14} {:7} states {:8} edges {:?}/{:?} ", chip.name, k, path.name(), e.graph.len(), e.graph.edges.len(), t1, t2-t1);
        for v in &v { if let Some(p) = &v.broken_by { print!("{}({}) ", v.law.name(), p.len()); if a.len()>2 {println!(); for &l in p {println!("   {}", e.events[l as usize].info().name)}} } else if !v.sometimes && v.law != laws::Law::Leak {print!("{} vacuous ", v.law.name())} }
        let r = typical::run(&system);
        print!("typ {}/{} ", r.tally.sums[0], r.tally.served);
        if let Some(c) = ratio::Cycles::new(&e.graph) { let b = c.bounds(cost::Metric::HostIrqs); let i = c.bounds(cost::Metric::HostIrqsIgnored); print!("{:?} ign {:?} {:?}", b, i, t.elapsed()-t2); }
        println!();
    }}}
}
