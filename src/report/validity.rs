use crate::record::LoadRecord;

/// What stands beside every figure of a load in which the generator was at fault.
pub(super) fn validity_remark(load: &LoadRecord) -> Option<&'static str> {
    (!load.generator.invalid.is_empty()).then_some("of an INVALID run: do not use")
}
