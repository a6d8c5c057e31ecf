#include "library.hpp"

namespace kernel_peers {

std::vector<Library> libraries()
{
    return
    {
        tfm_library(),
#if KERNEL_PEERS_ONEDNN
            onednn_library(),
#endif
#if KERNEL_PEERS_OPENBLAS
            openblas_library(),
#endif
#if KERNEL_PEERS_EIGEN
            eigen_library(),
#endif
    };
}

std::vector<std::string> absent_libraries()
{
    std::vector<std::string> absent;
    if (KERNEL_PEERS_ONEDNN == 0) absent.emplace_back("oneDNN");
    if (KERNEL_PEERS_OPENBLAS == 0) absent.emplace_back("OpenBLAS");
    if (KERNEL_PEERS_EIGEN == 0) absent.emplace_back("Eigen");
    return absent;
}

} // namespace kernel_peers
