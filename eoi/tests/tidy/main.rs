//! House rules that a compiler does not hold.

mod functions;
mod imports;
mod metadata;
mod modules;
mod order;
mod prose;
mod source;
mod survivors;
mod tables;
mod toys;
mod words;
