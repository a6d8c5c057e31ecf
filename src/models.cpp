// What tfm/models/ declares, for tfm::compiled.

#include <tfm/models/family.inl.hpp>
#include <tfm/models/model_folder.inl.hpp>
#include <tfm/models/packed_tensors.inl.hpp>
#include <tfm/models/shape_check.inl.hpp>
#include <tfm/models/tied_head.inl.hpp>
#include <tfm/models/weight_files.inl.hpp>
