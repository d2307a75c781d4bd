//! The modules of a crate, read from its root file: which file has which, and the paths that its code names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, UseTree};

/// Reads a file; `None` where there is none.
pub type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// The modules of one library or program. The first is the root.
pub struct Modules {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// All modules, those inside of a file included. Test modules are left out.
    pub all: Vec<Module>,
}

/// One module.
pub struct Module {
    /// Its path without `crate`, as `doctor::tree`.
    pub name: String,
    /// The module around it; the root has itself.
    pub parent: usize,
    /// Its file, in [`Modules::files`].
    pub file: usize,
    /// Modules in it.
    pub children: BTreeMap<String, usize>,
    /// Everything else that is defined in it.
    pub items: BTreeSet<String>,
    /// Names that a `use` brings in, with the path that they stand for.
    pub names: BTreeMap<String, Vec<String>>,
    /// Paths of which a `use` brings in everything.
    pub globs: Vec<Vec<String>>,
    /// Every path of two segments or more in its code, with its line.
    pub paths: Vec<(usize, Vec<String>)>,
    /// Every path in the entries of its table `ALL`.
    pub entries: Vec<Vec<String>>,
}

impl Modules {
    /// Reads a crate from its root file.
    pub fn read(root: &Path, read: Read<'_>) -> Self {
        let mut modules = Self {
            files: Vec::new(),
            all: Vec::new(),
        };
        let dir = root.parent().expect("a directory").to_path_buf();
        let text = read(root).unwrap_or_else(|| panic!("{} cannot be read", root.display()));
        modules.file(root.to_path_buf(), &text, (0, ""), &dir, read);
        modules
    }

    /// Reads the file of the module that is called so in its parent. `dir` is where the files of its children are.
    fn file(
        &mut self,
        path: PathBuf,
        text: &str,
        (parent, name): (usize, &str),
        dir: &Path,
        read: Read<'_>,
    ) -> usize {
        let code =
            syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.files.push(path);
        let file = self.files.len() - 1;
        self.module((parent, name), file, &code.items, dir, read)
    }

    fn module(
        &mut self,
        (parent, name): (usize, &str),
        file: usize,
        items: &[Item],
        dir: &Path,
        read: Read<'_>,
    ) -> usize {
        let around = self
            .all
            .get(parent)
            .map_or("", |module| module.name.as_str());
        let name = if around.is_empty() {
            name.to_string()
        } else {
            format!("{around}::{name}")
        };
        let this = self.all.len();
        self.all.push(Module {
            name,
            parent,
            file,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
            paths: Vec::new(),
            entries: Vec::new(),
        });
        let mut reader = Reader {
            module: &mut self.all[this],
        };
        items.iter().for_each(|item| reader.visit_item(item));
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            let Item::Mod(child) = item else { continue };
            let name = child.ident.to_string();
            let index = match &child.content {
                Some((_, items)) => self.module((this, &name), file, items, &dir.join(&name), read),
                None => self.child((this, &name), dir, read),
            };
            self.all[this].children.insert(name, index);
        }
        this
    }

    /// The module of a `mod name;`.
    fn child(&mut self, (parent, name): (usize, &str), dir: &Path, read: Read<'_>) -> usize {
        let below = dir.join(name);
        for path in [dir.join(format!("{name}.rs")), below.join("mod.rs")] {
            if let Some(text) = read(&path) {
                return self.file(path, &text, (parent, name), &below, read);
            }
        }
        panic!(
            "{}: mod {name}; has no file",
            self.files[self.all[parent].file].display()
        )
    }
}

/// Collects what one module says, without the modules in it.
struct Reader<'a> {
    module: &'a mut Module,
}

impl Reader<'_> {
    fn put(&mut self, line: usize, path: Vec<String>) {
        if path.len() > 1 {
            self.module.paths.push((line, path));
        }
    }

    fn use_tree(&mut self, line: usize, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(line, &with(path.ident.to_string()), &path.tree),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.use_tree(line, before, tree)),
            UseTree::Name(name) => self.bring_in(line, with(name.ident.to_string()), None),
            UseTree::Rename(rename) => {
                self.bring_in(
                    line,
                    with(rename.ident.to_string()),
                    Some(rename.rename.to_string()),
                );
            }
            UseTree::Glob(_) => {
                self.put(line, with("*".to_string()));
                self.module.globs.push(before.to_vec());
            }
        }
    }

    fn bring_in(&mut self, line: usize, mut path: Vec<String>, name: Option<String>) {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let Some(name) = name.or_else(|| path.last().cloned()) else {
            return;
        };
        self.put(line, path.clone());
        self.module.names.insert(name, path);
    }

    /// The paths in what a macro or an attribute is given.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.put(line, std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(ident) => {
                            line = ident.span().start().line;
                            path.push(ident.to_string());
                        }
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.put(line, path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) || matches!(item, Item::Mod(_)) {
            return;
        }
        self.module.items.extend(name(item));
        match item {
            // An entry in a room's table registers a file, as `mod` does: it is no import.
            Item::Static(table) if table.ident == "ALL" => {
                Entries(&mut self.module.entries).visit_expr(&table.expr);
                self.visit_type(&table.ty);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let for_tests = matches!(item, ImplItem::Fn(function) if is_for_tests(&function.attrs));
        if !for_tests {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(item.span().start().line, &[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.put(path.span().start().line, segments(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// Collects the paths of a table's entries.
struct Entries<'a>(&'a mut Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Entries<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(segments(path));
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

/// `#[test]`, `#[cfg(test)]` and what is like it.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let text = list.tokens.to_string();
            text == "test" || text.starts_with("all (test")
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
