//! The contents of a set: programs that run, and a kernel with its modules.

use super::*;

#[test]
fn a_program_runs_with_the_loader_and_the_libraries_of_its_set() {
    let host = HOSTS
        .iter()
        .find(|host| host.rust == env::consts::ARCH)
        .unwrap();
    let lab = Lab::new(|tree| {
        let (bin, lib) = (
            tree.join("usr/bin"),
            tree.join("usr/lib").join(host.triplet),
        );
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir_all(&lib).unwrap();
        fs::copy("/bin/echo", bin.join("echo")).unwrap();
        std::os::unix::fs::symlink("/usr/bin/echo", bin.join("say")).unwrap();
        let loader = Path::new(host.loader);
        fs::copy(loader, lib.join(loader.file_name().unwrap())).unwrap();
        let libc = loader.canonicalize().unwrap().with_file_name("libc.so.6");
        fs::copy(libc, lib.join("libc.so.6")).unwrap();
    });
    let tools = Tools::new(&lab.cache().ensure(SET).unwrap());
    for program in ["echo", "say"] {
        assert!(tools.has(program));
        let said = tools
            .command(program)
            .args(["two  words", "$0"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "two  words $0\n");
    }
    let wrapper = tools.bin.join("echo");
    assert!(
        fs::read_to_string(&wrapper)
            .unwrap()
            .contains(&format!("{}", tools.bin.join("echo.elf").display()))
    );
    assert_eq!(
        fs::metadata(wrapper).unwrap().permissions().mode() & 0o777,
        0o755
    );
    assert!(!tools.has("true"));
}

#[test]
fn a_kernel_is_found_where_old_and_new_packages_have_it() {
    for (image, modules) in [
        ("boot/vmlinux-6.12", "lib/modules/6.12"),
        ("boot/vmlinuz-6.12", "usr/lib/modules/6.12"),
        ("usr/lib/modules/7.2/vmlinuz", "usr/lib/modules/7.2"),
    ] {
        let lab = Lab::new(|tree| {
            for file in [
                image,
                "boot/config-6.12",
                &format!("{modules}/kernel/drivers/vfio/pci/vfio-pci.ko.xz"),
            ] {
                fs::create_dir_all(tree.join(file).parent().unwrap()).unwrap();
                fs::write(tree.join(file), "").unwrap();
            }
            fs::create_dir_all(tree.join(modules).join("kernel/sound/isa")).unwrap();
        });
        let opened = lab.cache().ensure(SET).unwrap();
        assert_eq!(opened.image().unwrap(), opened.prefix.join(image));
        assert_eq!(opened.modules().unwrap(), opened.prefix.join(modules));
        assert!(!opened.prefix.join(modules).join("kernel/sound").exists());
    }
    let lab = Lab::new(|_| {});
    assert!(lab.cache().ensure(SET).unwrap().image().is_err());
}
