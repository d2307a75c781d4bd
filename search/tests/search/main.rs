//! The search on toy systems with known answers, those it must reject included, and on random ones by brute force.

mod brute;
mod costs;
mod cycles;
mod definitions;
mod exploration;
mod laws;
mod pairs;
mod toy;
mod two_parts;
mod typical;
