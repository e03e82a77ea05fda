use reference_op::{Fault, FaultSet};
use serde_json::Value;

/// Looks at a conformant provider and at one with each fault: the fault's symptoms are as stated, and all others are
/// the conformant provider's.
pub async fn assert_changed(look: impl AsyncFn(FaultSet) -> Value, changes: &[(Fault, Value)]) {
    let conformant = look(FaultSet::NONE).await;
    for (fault, symptoms) in changes {
        let mut expected = conformant.clone();
        for (name, symptom) in symptoms.as_object().unwrap() {
            assert_ne!(&conformant[name], symptom, "{fault}: {name} is the same without it");
            expected[name] = symptom.clone();
        }
        let seen = look((*fault).into()).await;
        for (name, symptom) in seen.as_object().unwrap() {
            assert_eq!(symptom, &expected[name], "{fault}: {name}");
        }
    }
}
