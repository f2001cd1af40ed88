//! Gives up every capability for good: root in the sandbox is an ordinary user.
//! Called by `helper` before Landlock.

use rustix::{
    io,
    thread::{
        CapabilitiesSecureBits as SecureBits, CapabilitySet, CapabilitySets, capabilities,
        clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
        set_capabilities_secure_bits, set_no_new_privs,
    },
};

/// Drops all capabilities, keeps new programs from gaining any, and sets `no_new_privs`.
///
/// # Errors
/// When the kernel refuses; then some may be left.
pub(super) fn drop_all() -> Result<(), String> {
    give_up().map_err(|error| format!("the capabilities could not be dropped: {error}"))
}

fn give_up() -> io::Result<()> {
    set_no_new_privs(true)?;
    let held = capabilities(None)?;
    // Without this capability the next two are neither possible nor needed:
    // an ordinary user gains nothing once `no_new_privs` is set.
    if held.effective.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all().iter() {
            match remove_capability_from_bounding_set(capability) {
                // Older kernels know fewer capabilities.
                Ok(()) | Err(io::Errno::INVAL) => {}
                Err(error) => return Err(error),
            }
        }
        set_capabilities_secure_bits(SecureBits::NO_ROOT | SecureBits::NO_ROOT_LOCKED)?;
    }
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}
