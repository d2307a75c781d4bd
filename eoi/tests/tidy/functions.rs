//! Every file opens with its purpose; files and functions stay short.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::files;

const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

#[test]
fn every_source_file_opens_with_its_purpose_and_stays_short() {
    for (name, text) in files("rs") {
        assert!(
            text.starts_with("//!"),
            "{name} does not open with a //! sentence"
        );
        let lines = text.lines().count();
        assert!(
            lines <= MOST_LINES_OF_A_FILE,
            "{name} has {lines} lines; {MOST_LINES_OF_A_FILE} is the limit"
        );
    }
}

/// Functions with a body: the first line and the number of lines, from the signature to the closing brace.
#[derive(Default)]
pub struct Functions(pub Vec<(usize, usize)>);

impl Functions {
    /// Every function of a file.
    pub fn of(text: &str) -> Self {
        let mut functions = Self::default();
        functions.visit_file(&syn::parse_file(text).expect("Rust"));
        functions
    }

    fn put(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.span().start().line;
        self.0.push((first, body.span().end().line - first + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.put(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.put(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.put(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[test]
fn no_function_is_longer_than_seventy_lines() {
    let limit = MOST_LINES_OF_A_FUNCTION;
    let mut long = Vec::new();
    for (name, text) in files("rs") {
        for (first, lines) in Functions::of(&text).0 {
            if lines > limit {
                long.push(format!("{name}:{first}: {lines} lines"));
            }
        }
    }
    assert!(
        long.is_empty(),
        "{limit} lines are the limit:\n{}",
        long.join("\n")
    );
}

#[test]
fn a_function_is_seen_wherever_it_stands() {
    let text = "trait T {\n    fn a(\n        &self,\n    ) -> u8 {\n        1\n    }\n}\nmod m {\n    pub const fn b<\n        'a,\n    >(\n    ) {\n        fn c() {}\n    }\n}";
    assert_eq!(Functions::of(text).0, [(2, 5), (9, 6), (13, 1)]);
}
